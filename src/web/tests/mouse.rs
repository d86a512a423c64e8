//! The mouse's settings: in force with the next move, refused by name, recorded.

use super::client::ask;
use super::rig::Rig;

const SETTINGS: &str = "/api/v1/settings";

#[tokio::test]
async fn the_mouse_and_the_jiggler_change_in_part() {
    let (rig, ann) = Rig::claimed().await;
    let patch = async |body| ask(rig.plain, "PATCH", SETTINGS, &ann, body).await;
    let body =
        r#"{"mouse":{"offset_x":-20},"jiggler":{"days":["mon","fri"],"hours":"22:00-02:00"}}"#;
    let changed = patch(body).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    for part in [
        r#""mouse":{"offset_x":-20,"offset_y":0,"scale_x":1000,"scale_y":1000}"#,
        r#""jiggler":{"on":false,"interval_s":60,"days":["mon","fri"],"hours":"22:00-02:00"}"#,
    ] {
        assert!(changed.body.contains(part), "{part} in {changed:?}");
    }
    let log = ask(rig.plain, "GET", "/api/v1/audit?limit=1", &ann, "").await;
    let recorded = r#""what":"settings_changed","who":"ann""#;
    assert!(log.body.contains(recorded), "{log:?}");
    assert!(log.body.contains(r#""detail":"mouse, jiggler""#), "{log:?}");
}

#[tokio::test]
async fn what_the_mouse_cannot_be_is_refused_by_its_name() {
    let (rig, ann) = Rig::claimed().await;
    for (body, named) in [
        (r#"{"mouse":{"scale_y":0}}"#, "mouse.scale_y"),
        (r#"{"jiggler":{"interval_s":1}}"#, "jiggler.interval_s"),
        (r#"{"jiggler":{"days":[]}}"#, "jiggler.days"),
        (r#"{"jiggler":{"hours":"8-18"}}"#, "jiggler.hours"),
        (r#"{"mouse":{"tail":1}}"#, "tail"),
    ] {
        let refused = ask(rig.plain, "PATCH", SETTINGS, &ann, body).await;
        assert_eq!(refused.status, 422, "{body} {refused:?}");
        assert!(refused.body.contains(named), "{refused:?}");
    }
    assert_eq!(rig.settings.current(), {
        let untouched = rig.settings.current();
        crate::settings::Settings {
            mouse: Default::default(),
            jiggler: Default::default(),
            ..untouched
        }
    });
}
