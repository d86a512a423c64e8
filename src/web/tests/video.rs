//! The video socket.

use super::client::{binary, close_code, send, socket, text};
use super::rig::{Rig, large_picture, picture};
use crate::video::NoPicture;

const PATH: &str = "/api/v1/video";
const HEADER: usize = 32;

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes"))
}

fn acknowledge(frame: &[u8]) -> Vec<u8> {
    [&[1], &frame[4..8]].concat()
}

#[tokio::test]
async fn a_frame_arrives_whole_with_its_header() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    let shown = large_picture(1);
    rig.show(&shown);
    let frame = binary(&mut client).await;
    assert_eq!((frame[0], frame[1]), (1, 1));
    assert_eq!(frame[24..28], [0x80, 0x02, 0xe0, 0x01], "640 by 480");
    assert!(
        frame[HEADER..] == shown[..],
        "the JPEG is passed through untouched"
    );
}

#[tokio::test]
async fn the_next_frame_comes_only_after_the_acknowledgement_and_is_the_newest() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    let mut other = socket(rig.plain, PATH, &cookie).await;
    rig.show(&picture(1));
    let first = binary(&mut client).await;
    let mut seen = binary(&mut other).await;
    // The other viewer has seen each: they have all passed the hub.
    for shade in [60, 120, 180] {
        send(&mut other, acknowledge(&seen)).await;
        rig.show(&picture(shade));
        seen = binary(&mut other).await;
    }
    // The answer to a clock question comes before any frame that was not acknowledged for.
    send(&mut client, [2, 7, 0, 0, 0]).await;
    let clock = binary(&mut client).await;
    assert_eq!(clock[..8], [2, 0, 0, 0, 7, 0, 0, 0]);
    assert_eq!(clock.len(), 16);
    send(&mut client, acknowledge(&first)).await;
    let second = binary(&mut client).await;
    assert_eq!(number(&second), number(&seen));
    assert!(second[HEADER..] == picture(180)[..]);
}

#[tokio::test]
async fn a_picture_that_looks_the_same_is_not_sent_again() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    rig.show(&picture(1));
    let first = binary(&mut client).await;
    send(&mut client, acknowledge(&first)).await;
    rig.show(&picture(1));
    rig.show(&picture(1));
    rig.show(&picture(200));
    let second = binary(&mut client).await;
    assert!(second[HEADER..] == picture(200)[..]);
}

#[tokio::test]
async fn the_signal_is_told_at_once_and_at_each_change() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    assert_eq!(text(&mut client, "signal").await["state"], "starting");
    rig.show(&picture(1));
    let live = text(&mut client, "signal").await;
    assert_eq!(
        (&live["state"], &live["width"], &live["source"]),
        (&"live".into(), &64.into(), &"mjpeg".into())
    );
    rig.source
        .send(Err(NoPicture::NoCable))
        .expect("the capture thread lives");
    assert_eq!(text(&mut client, "signal").await["state"], "no_cable");
}

#[tokio::test]
async fn counters_are_told() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    let shown = picture(1);
    rig.show(&shown);
    loop {
        let stats = text(&mut client, "stats").await;
        assert_eq!(stats["viewers"], 1);
        if stats["bytes"] == shown.len() {
            return;
        }
    }
}

#[tokio::test]
async fn an_unknown_message_is_refused() {
    let (rig, cookie) = Rig::claimed().await;
    for bytes in [vec![9, 0, 0, 0, 0], vec![1, 0, 0], vec![1; 6]] {
        let mut client = socket(rig.plain, PATH, &cookie).await;
        send(&mut client, bytes).await;
        assert_eq!(text(&mut client, "error").await["code"], "malformed");
        assert_eq!(close_code(&mut client).await, 1002);
    }
}

#[tokio::test]
async fn logging_out_closes_a_viewer_that_reads_nothing() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    rig.show(&large_picture(1));
    let token = cookie.split_once('=').expect("a pair").1;
    rig.auth.log_out(&rig.auth.session(token).expect("session"));
    assert_eq!(close_code(&mut client).await, 4401);
}
