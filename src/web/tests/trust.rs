//! The certificate over HTTP: looked at, replaced while connections are open, and forgotten.

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::{Reply, ask, parse, raw};
use super::rig::Rig;
use super::serving::tls_with;
use crate::web::uploaded::tests::Company;

async fn post(rig: &Rig, verb: &str, cookie: &str, body: &str) -> Reply {
    let path = format!("/api/v1/certificate/{verb}");
    ask(rig.plain, "POST", &path, cookie, body).await
}

fn json(reply: &Reply) -> serde_json::Value {
    assert_eq!(reply.status, 200, "{reply:?}");
    serde_json::from_str(&reply.body).expect("JSON")
}

fn body(company: &Company) -> String {
    serde_json::to_string(&company.right()).expect("JSON")
}

/// The certificate that a new connection is shown.
async fn shown(rig: &Rig, root: &str, name: &str) -> std::io::Result<CertificateDer<'static>> {
    let stream = tls_with(rig.https, root, name, &["http/1.1"]).await?;
    let chain = stream.get_ref().1.peer_certificates().expect("a chain");
    Ok(chain[0].clone().into_owned())
}

#[tokio::test]
async fn an_uploaded_certificate_is_served_to_new_connections_and_open_ones_go_on() {
    let (rig, cookie) = Rig::claimed().await;
    let company = Company::new("DNS:rack.example.com");
    let root = company.text("root");
    let mut open = tls_with(rig.https, &rig.ca, "rack", &["http/1.1"])
        .await
        .expect("own");
    assert!(shown(&rig, &root, "rack.example.com").await.is_err());

    let checked = json(&post(&rig, "check", &cookie, &body(&company)).await);
    assert_eq!(checked["kind"], "uploaded");
    assert_eq!(checked["names"], serde_json::json!(["rack.example.com"]));
    assert!(
        shown(&rig, &root, "rack.example.com").await.is_err(),
        "only looked at"
    );

    let used = json(&post(&rig, "use", &cookie, &body(&company)).await);
    assert_eq!(used, checked);
    shown(&rig, &root, "rack.example.com")
        .await
        .expect("a new connection");
    let request = "GET /api/v1/state HTTP/1.1\r\nHost: rack\r\nConnection: close\r\n\r\n";
    open.write_all(request.as_bytes()).await.expect("send");
    let mut bytes = Vec::new();
    open.read_to_end(&mut bytes).await.expect("read");
    assert_eq!(parse(&bytes).status, 200, "the open one");

    let forgotten = json(&post(&rig, "forget", &cookie, "").await);
    assert_eq!(
        (&forgotten["kind"], &forgotten["problems"]),
        (&"own".into(), &serde_json::json!([]))
    );
    shown(&rig, &rig.ca, "rack")
        .await
        .expect("the own one again");
}

#[tokio::test]
async fn what_an_uploaded_certificate_names_is_a_host_of_ours_and_nothing_more() {
    let (rig, cookie) = Rig::claimed().await;
    let company = Company::new("DNS:kvm.example.com,DNS:*.example.org");
    let answers = async |host: &str| {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        (
            raw(rig.plain, &request).await.status,
            raw(rig.http, &request).await.status,
        )
    };
    assert_eq!(answers("kvm.example.com").await, (421, 421));
    json(&post(&rig, "use", &cookie, &body(&company)).await);
    for ours in ["kvm.example.com", "rack.example.org", "rack.local"] {
        assert_eq!(answers(ours).await, (200, 308), "{ours}");
    }
    for other in ["example.com", "evil.example.org", "x.kvm.example.com"] {
        assert_eq!(answers(other).await, (421, 421), "{other}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_with_what_to_do_and_never_quotes_the_key() {
    let (rig, cookie) = Rig::claimed().await;
    let company = Company::new("DNS:rack.local");
    let other = serde_json::to_string(&company.pem(&["leaf", "sub"], "sub.key")).expect("JSON");
    for verb in ["check", "use"] {
        let reply = post(&rig, verb, &cookie, &other).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, "certificate"));
        assert!(
            reply.body.contains("not the one of the first") && reply.body.contains("\"next\":"),
            "{reply:?}"
        );
    }
    let secret = company.text("leaf.key");
    let line = secret.lines().nth(1).expect("a line of the key");
    for odd in [
        format!("[{line:?}]"),
        format!("{{\"chain\":\"\",\"kye\":{line:?}}}"),
        format!("{{\"key\":{line:?},\"chain\":3}}"),
    ] {
        let reply = post(&rig, "use", &cookie, &odd).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, "invalid"));
        assert!(!reply.body.contains(line), "{reply:?}");
    }
}

#[tokio::test]
async fn this_route_takes_sixty_four_kilobytes_and_the_others_sixteen() {
    let (rig, cookie) = Rig::claimed().await;
    let long = |kilobytes: usize| {
        format!(
            "{{\"chain\":\"{}\",\"key\":\"\"}}",
            "x".repeat(kilobytes * 1024)
        )
    };
    assert_eq!(
        post(&rig, "check", &cookie, &long(60)).await.code(),
        "certificate"
    );
    assert_eq!(post(&rig, "check", &cookie, &long(65)).await.status, 413);
    let reply = ask(rig.plain, "POST", "/api/v1/users/add", &cookie, &long(17)).await;
    assert_eq!(reply.status, 413, "{reply:?}");
}
