//! The EDID, looked at and changed.

use data_encoding::BASE64;

use super::client::ask;
use super::rig::Rig;
use crate::video::edid::{EdidState, EdidWish, Offer};

async fn put(rig: &Rig, cookie: &str, body: &str) -> super::client::Reply {
    ask(rig.plain, "PUT", "/api/v1/edid", cookie, body).await
}

fn upload(bytes: &[u8]) -> String {
    format!(r#"{{"upload":"{}"}}"#, BASE64.encode(bytes))
}

#[tokio::test]
async fn a_dongles_edid_cannot_be_changed_and_that_is_a_state() {
    let (rig, ann) = Rig::claimed().await;
    let mut told = rig.stream.edid();
    told.wait_for(|told| told.state == EdidState::Fixed)
        .await
        .expect("the capture thread lives");
    let seen = ask(rig.plain, "GET", "/api/v1/edid", &ann, "").await;
    assert_eq!(seen.status, 200);
    assert!(
        seen.body.contains(r#""device":"fixed","choice":"default""#),
        "{seen:?}"
    );
    let refused = put(&rig, &ann, r#"{"choose":"1280x720@60"}"#).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "edid_fixed")
    );
    assert_eq!(rig.settings.current().video.edid, EdidWish::Default);
    let back = put(&rig, &ann, r#"{"choose":"default"}"#).await;
    assert_eq!(back.status, 200, "a wish for another device is taken back");
}

#[tokio::test]
async fn a_bridge_says_what_an_operator_chose_it_is_kept_and_recorded() {
    let (rig, ann) = Rig::with_bridge().await;
    let chosen = put(&rig, &ann, r#"{"choose":"1024x768@60"}"#).await;
    assert_eq!(chosen.status, 200, "{chosen:?}");
    let said = r#""preferred":{"width":1024,"height":768,"hz":60,"interlaced":false}"#;
    assert!(chosen.body.contains(said), "{chosen:?}");
    assert!(
        chosen
            .body
            .contains(r#""device":"changeable","choice":"1024x768@60""#)
    );
    let kept = rig.settings.current().video.edid;
    assert_eq!(kept, EdidWish::Offered(Offer::Xga60));
    let log = ask(rig.plain, "GET", "/api/v1/audit?limit=1", &ann, "").await;
    assert!(log.body.contains("EDID"), "{log:?}");
    let back = put(&rig, &ann, r#"{"choose":"default"}"#).await;
    assert!(
        back.body.contains("does not begin as an EDID"),
        "its own is none: {back:?}"
    );
}

#[tokio::test]
async fn a_file_is_checked_and_refused_with_every_reason() {
    let (rig, ann) = Rig::with_bridge().await;
    let mut bytes = Offer::Hd60.edid().bytes().to_vec();
    let taken = put(&rig, &ann, &upload(&bytes)).await;
    assert_eq!(taken.status, 200, "{taken:?}");
    assert!(taken.body.contains(r#""choice":"upload""#), "{taken:?}");
    bytes[18] = 9;
    let refused = put(&rig, &ann, &upload(&bytes)).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "edid"));
    assert!(refused.body.contains("version 9") && refused.body.contains("wrong checksum"));
    for body in [
        r#"{"upload":"!"}"#,
        r#"{"choose":"8k"}"#,
        r#"{"other":1}"#,
        "{}",
    ] {
        assert_eq!(put(&rig, &ann, body).await.status, 422, "{body}");
    }
    let kept = rig.settings.current().video.edid;
    assert_eq!(
        kept,
        EdidWish::Own(Offer::Hd60.edid()),
        "what was there stays"
    );
}
