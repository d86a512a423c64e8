//! TLS, the redirect, headers, and the ends of connections.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::client::{ask, glance, parse, raw};
use super::rig::{PASSWORD, Rig, caller};
use crate::auth::ClaimWindow;
use crate::preseed::Told;
use crate::web::headers::CONTENT_SECURITY_POLICY;
use crate::web::table::table;

async fn tls(rig: &Rig, name: &str, protocols: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    tls_with(rig.https, &rig.ca, name, protocols).await
}

/// A connection of a client that trusts `root` only.
pub(super) async fn tls_with(
    to: SocketAddr,
    root: &str,
    name: &str,
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut config = client(root, rustls::ALL_VERSIONS);
    config.alpn_protocols = protocols
        .iter()
        .map(|protocol| protocol.as_bytes().to_vec())
        .collect();
    let stream = TcpStream::connect(to).await?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

fn client(
    root: &str,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(root.as_bytes()).expect("pem"))
        .expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[tokio::test]
async fn the_page_comes_over_tls_with_a_certificate_that_its_ca_vouches_for() {
    let (rig, _) = Rig::claimed().await;
    for name in ["127.0.0.1", "localhost", "rack.local", "rack"] {
        let mut stream = tls(&rig, name, &["http/1.1"]).await.expect(name);
        let request = format!("GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("send");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("read");
        let reply = parse(&bytes);
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(
            reply.header("content-security-policy"),
            Some(CONTENT_SECURITY_POLICY)
        );
    }
    assert!(tls(&rig, "evil.example", &["http/1.1"]).await.is_err());
}

#[tokio::test]
async fn http2_is_spoken_when_the_client_wants_it() {
    let (rig, _) = Rig::claimed().await;
    let stream = tls(&rig, "localhost", &["h2", "http/1.1"])
        .await
        .expect("connect");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let folder = tempfile::tempdir().expect("temporary folder");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &rig.ca).expect("write");
    let mut curl = std::process::Command::new("curl");
    curl.args([
        "--silent",
        "--http2",
        "--write-out",
        "\n%{http_version} %{http_code}",
        "--cacert",
    ])
    .arg(ca);
    curl.arg(format!(
        "https://127.0.0.1:{}/api/v1/state",
        rig.https.port()
    ));
    let output = tokio::task::spawn_blocking(move || curl.output())
        .await
        .expect("joined")
        .expect("run curl");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        text.starts_with("{\"name\":\"rack\"") && text.ends_with("\n2 200"),
        "{text}"
    );
}

#[tokio::test]
async fn port_80_only_redirects() {
    let (rig, _) = Rig::claimed().await;
    for method in ["GET", "POST"] {
        let request = format!(
            "{method} /api/v1/state?x=y HTTP/1.1\r\nHost: rack.local:80\r\nConnection: close\r\n\r\n"
        );
        let reply = raw(rig.http, &request).await;
        assert_eq!(reply.status, 308, "{reply:?}");
        let there = format!("https://rack.local:{}/api/v1/state?x=y", rig.https.port());
        assert_eq!(reply.header("location"), Some(there.as_str()));
    }
}

#[tokio::test]
async fn tls_1_2_is_refused_unless_it_is_asked_for() {
    let (rig, _) = Rig::claimed().await;
    let old = client(&rig.ca, &[&rustls::version::TLS12]);
    let stream = TcpStream::connect(rig.https).await.expect("connect");
    let name = ServerName::try_from("rack").expect("a name");
    let refused = TlsConnector::from(Arc::new(old))
        .connect(name, stream)
        .await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn every_answer_of_every_route_carries_the_security_headers_and_none_of_cors() {
    let (rig, cookie) = Rig::claimed().await;
    let paths = table()
        .iter()
        .map(|route| route.path)
        .collect::<BTreeSet<_>>();
    let paths = paths.into_iter().chain(["/nowhere"]);
    for (path, method) in paths.flat_map(|path| [(path, "GET"), (path, "OPTIONS"), (path, "POST")])
    {
        for cookie in ["", cookie.as_str()] {
            // Logging in and out, and claiming, are no matter here: the origin is not ours.
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n",
                rig.plain
            );
            let reply = glance(rig.plain, &request).await;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("content-security-policy", CONTENT_SECURITY_POLICY),
            ] {
                assert_eq!(reply.header(name), Some(value), "{method} {path} {name}");
            }
            assert!(reply.header("cache-control").is_some(), "{method} {path}");
            assert!(
                !reply.head.to_ascii_lowercase().contains("access-control-"),
                "{method} {path} {reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_foreign_host_or_origin_is_refused_by_every_route() {
    let (rig, cookie) = Rig::claimed().await;
    for route in table() {
        let (method, path) = (&route.method, route.path);
        let request = |host: &str, origin: &str| {
            format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
            )
        };
        let rebound = raw(rig.plain, &request("evil.example", "http://evil.example")).await;
        assert_eq!(rebound.status, 421, "{method} {path} {rebound:?}");
        if route.needs_origin() {
            let ours = rig.plain.to_string();
            let foreign = raw(rig.plain, &request(&ours, "http://evil.example")).await;
            assert_eq!(
                foreign.code(),
                "wrong_origin",
                "{method} {path} {foreign:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_status_tells_what_became_of_a_preseed() {
    let told = Told {
        applied: true,
        unknown: vec!["locale.timezone".to_owned()],
        problems: Vec::new(),
    };
    for (preseed, there) in [(None, false), (Some(told), true)] {
        let rig = Rig::preseeded(ClaimWindow::Always, preseed);
        let token = rig
            .auth
            .claim(&caller(), "ann", PASSWORD)
            .await
            .expect("claim");
        let cookie = format!("__Host-session={}", token.as_str());
        let reply = ask(rig.plain, "GET", "/api/v1/status", &cookie, "").await;
        let status: serde_json::Value = serde_json::from_str(&reply.body).expect("JSON");
        let expected =
            serde_json::json!({ "applied": true, "unknown": ["locale.timezone"], "problems": [] });
        assert_eq!(status["preseed"] == expected, there, "{status}");
    }
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    let (rig, _) = Rig::claimed().await;
    let get = ask(rig.plain, "GET", "/ca.crt", "", "").await;
    let head = ask(rig.plain, "HEAD", "/ca.crt", "", "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    assert!(get.body == rig.ca);
}

#[tokio::test]
async fn a_head_that_does_not_end_is_cut_off() {
    let (rig, _) = Rig::claimed().await;
    let start = std::time::Instant::now();
    let (half, nothing) = tokio::join!(
        raw(rig.plain, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow:"),
        raw(rig.plain, ""),
    );
    assert!(start.elapsed().as_secs() < 15, "{:?}", start.elapsed());
    assert!(half.status == 0 || half.status == 408, "{half:?}");
    assert_eq!(nothing.status, 0);
}

#[tokio::test]
async fn a_huge_head_is_refused() {
    let (rig, _) = Rig::claimed().await;
    let reply = raw(
        rig.plain,
        &format!("GET /{} HTTP/1.1\r\n", "x".repeat(40_000)),
    )
    .await;
    assert!(matches!(reply.status, 400 | 414 | 431), "{reply:?}");
}
