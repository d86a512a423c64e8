//! The part of the web face that looks at a certificate which its owner brings.

use std::time::{Duration, SystemTime};

#[path = "../../../src/web/facts.rs"]
#[allow(dead_code, reason = "no Host is compared here")]
mod facts;
#[path = "../../../src/web/uploaded.rs"]
#[allow(dead_code, reason = "nothing is served here")]
mod uploaded;

/// The appliance's own has a floor, the day it was built.
mod ca {
    use std::time::{Duration, SystemTime};

    pub(super) fn clock(now: SystemTime) -> Duration {
        now.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    }
}

/// 2026-12-01, a day on which the corpus is valid.
const NOW: Duration = Duration::from_secs(1_796_083_200);

/// Uploads a chain and a key; what is taken can be served, was not changed, and is valid now. Says whether it was taken.
pub fn upload(chain: &str, key: &str) -> bool {
    let now = SystemTime::UNIX_EPOCH + NOW;
    let pem = uploaded::Pem {
        chain: chain.to_owned(),
        key: key.to_owned(),
    };
    // What a start finds on the card: dates and names are not looked at then.
    let kept = uploaded::Uploaded::read(pem.clone());
    match uploaded::Uploaded::check(pem, now) {
        Ok(taken) => {
            assert!(kept.is_ok(), "what was taken is served after a restart too");
            assert_eq!((&*taken.pem().chain, &*taken.pem().key), (chain, key));
            let facts = taken.facts();
            let today = NOW.as_secs().cast_signed();
            assert!(facts.not_before <= today && today <= facts.not_after);
            assert!(facts.a_name().is_some());
            let _ = taken.problems(&["rack".to_owned()], &[], now);
            true
        }
        Err(refused) => {
            let _ = (refused.to_string(), refused.next());
            false
        }
    }
}
