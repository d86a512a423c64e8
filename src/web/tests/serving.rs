//! TLS, the redirect, headers, and the ends of connections.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::client::{ask, parse, raw};
use super::rig::{PASSWORD, Rig, caller};
use crate::auth::ClaimWindow;
use crate::preseed::Told;
use crate::web::headers::CONTENT_SECURITY_POLICY;

async fn tls(rig: &Rig, name: &str, protocols: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(rig.ca.as_bytes()).expect("pem"))
        .expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = builder
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|protocol| protocol.as_bytes().to_vec())
        .collect();
    let stream = TcpStream::connect(rig.https).await?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
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
async fn every_answer_carries_the_security_headers() {
    let (rig, cookie) = Rig::claimed().await;
    for (path, cookie) in [
        ("/", ""),
        ("/ca.crt", ""),
        ("/api/v1/state", ""),
        ("/api/v1/status", &*cookie),
        ("/nowhere", ""),
    ] {
        let reply = ask(rig.plain, "GET", path, cookie, "").await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("content-security-policy", CONTENT_SECURITY_POLICY),
        ] {
            assert_eq!(reply.header(name), Some(value), "{path} {name}");
        }
        assert!(reply.header("cache-control").is_some(), "{path}");
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
