//! The USB cable, moved by an operator and recorded.

use std::sync::atomic::Ordering;

use super::client::ask;
use super::rig::Rig;
use crate::target::UsbLink;

#[tokio::test]
async fn an_operator_resets_usb_and_that_is_recorded() {
    let (rig, ann) = Rig::claimed().await;
    let reset = ask(rig.plain, "POST", "/api/v1/usb/reset", &ann, "").await;
    assert_eq!(reset.status, 204, "{reset:?}");
    assert_eq!(rig.pulls.load(Ordering::Relaxed), 1);
    let log = ask(rig.plain, "GET", "/api/v1/audit?limit=1", &ann, "").await;
    assert!(
        log.body.contains(r#""what":"usb_reset","who":"ann""#),
        "{log:?}"
    );
}

#[tokio::test]
async fn why_a_target_is_not_woken_is_said() {
    let (rig, ann) = Rig::claimed().await;
    let wake = async || ask(rig.plain, "POST", "/api/v1/usb/wake", &ann, "").await;
    let awake = wake().await;
    assert_eq!((awake.status, awake.code().as_str()), (409, "awake"));
    rig._link.send_replace(UsbLink::Suspended);
    // The console hears of it in its own time.
    loop {
        let refused = wake().await;
        if refused.code() != "awake" {
            assert_eq!(
                (refused.status, refused.code().as_str()),
                (409, "cannot_wake")
            );
            assert!(refused.body.contains("power button"), "{refused:?}");
            return;
        }
    }
}
