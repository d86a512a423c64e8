//! Factory reset: only with a proof, and recorded before it happens.

use std::sync::atomic::Ordering;

use super::client::ask;
use super::rig::{PASSWORD, Rig, caller};
use crate::auth::Proof;

const RESET: &str = "/api/v1/factory-reset";

#[tokio::test]
async fn a_factory_reset_takes_a_fresh_proof_and_is_recorded() {
    let (rig, _) = Rig::claimed().await;
    let token = rig
        .auth
        .login(&caller(), "ann", &Proof::password(PASSWORD))
        .await
        .expect("login");
    let cookie = format!("__Host-session={}", token.as_str());
    rig.auth.forget_proof(&token);
    let post = async |path, body| ask(rig.plain, "POST", path, &cookie, body).await;
    let early = post(RESET, "").await;
    assert_eq!((early.status, early.code().as_str()), (403, "confirm"));
    assert_eq!(rig.resets.load(Ordering::Relaxed), 0);

    let proof = format!(r#"{{"password":"{PASSWORD}"}}"#);
    let proved = post("/api/v1/session/confirm", &proof).await;
    assert_eq!(proved.status, 204, "{proved:?}");
    let begun = post(RESET, "").await;
    assert_eq!(begun.status, 204, "{begun:?}");
    assert_eq!(rig.resets.load(Ordering::Relaxed), 1);
    let log = ask(rig.plain, "GET", "/api/v1/audit?limit=1", &cookie, "").await;
    let recorded = r#""what":"factory_reset","who":"ann""#;
    assert!(log.body.contains(recorded), "{log:?}");
}
