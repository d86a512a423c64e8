//! Another size of the picture, on trial.

use super::client::ask;
use super::rig::Rig;

const SIZE: &str = "/api/v1/video/size";
const SMALL: &str = r#"{"width":640,"height":480}"#;

fn kept(rig: &Rig) -> (u16, u16) {
    let video = rig.settings.current().video;
    (video.width, video.height)
}

#[tokio::test]
async fn a_size_on_trial_is_in_no_file_until_somebody_keeps_it() {
    let (rig, ann) = Rig::claimed().await;
    let tried = ask(rig.plain, "POST", SIZE, &ann, SMALL).await;
    assert_eq!(tried.status, 202, "{tried:?}");
    let said = r#"{"width":0,"height":0,"trial":{"width":640,"height":480,"confirm_within_s":15}}"#;
    assert_eq!(tried.body, said);
    assert_eq!(kept(&rig), (0, 0));
    let confirm = format!("{SIZE}/confirm");
    let confirmed = ask(rig.plain, "POST", &confirm, &ann, "{}").await;
    assert_eq!(confirmed.status, 204, "{confirmed:?}");
    assert_eq!(kept(&rig), (640, 480));
    let seen = ask(rig.plain, "GET", SIZE, &ann, "").await;
    assert_eq!(seen.body, r#"{"width":640,"height":480,"trial":null}"#);
    let again = ask(rig.plain, "POST", &confirm, &ann, "{}").await;
    assert_eq!((again.status, again.code().as_str()), (409, "not_pending"));
}

#[tokio::test]
async fn a_size_on_trial_is_taken_back_by_a_word_by_what_is_kept_and_by_a_sure_change() {
    let (rig, ann) = Rig::claimed().await;
    let ends = [
        ("POST", "/api/v1/video/size/revert", "{}"),
        ("POST", SIZE, r#"{"width":0,"height":0}"#),
        ("PATCH", "/api/v1/settings", r#"{"video":{"width":0}}"#),
    ];
    for (method, path, body) in ends {
        ask(rig.plain, "POST", SIZE, &ann, SMALL).await;
        assert!(rig.stream.size_on_trial().is_some());
        let ended = ask(rig.plain, method, path, &ann, body).await;
        assert!(ended.status < 300, "{ended:?}");
        assert_eq!(rig.stream.size_on_trial(), None, "{path}");
        assert_eq!(kept(&rig), (0, 0));
    }
}

#[tokio::test]
async fn a_size_that_no_source_has_is_refused_with_its_field() {
    let (rig, ann) = Rig::claimed().await;
    for body in [
        r#"{"width":10,"height":480}"#,
        r#"{"width":70000,"height":480}"#,
        r#"{"width":640}"#,
    ] {
        let refused = ask(rig.plain, "POST", SIZE, &ann, body).await;
        assert_eq!(refused.status, 422, "{body}");
    }
    assert_eq!(rig.stream.size_on_trial(), None);
}
