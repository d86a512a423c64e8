//! The video socket, for who asks for H.264.

use super::client::{binary, send, socket, text};
use super::rig::{Rig, large_picture, picture};

const PATH: &str = "/api/v1/video?codec=h264";
const HEADER: usize = 32;

fn acknowledge(frame: &[u8]) -> Vec<u8> {
    [&[1], &frame[4..8]].concat()
}

fn alone(frame: &[u8]) -> bool {
    frame[2] & 1 == 1
}

#[tokio::test]
async fn who_asks_for_it_begins_with_a_key_is_told_so_and_gets_the_changes_then() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    rig.show(&picture(1));
    let told = text(&mut client, "codec").await;
    assert_eq!(told["codec"], "h264");
    assert_eq!(told.get("why"), None);
    let key = binary(&mut client).await;
    assert_eq!(
        (key[1], alone(&key), &key[HEADER..]),
        (2, true, &b"key"[..])
    );
    send(&mut client, acknowledge(&key)).await;
    rig.show(&picture(200));
    let change = binary(&mut client).await;
    assert_eq!(
        (change[1], alone(&change), &change[HEADER..]),
        (2, false, &b"change"[..])
    );
    // Beside it others get JPEG.
    let mut other = socket(rig.plain, "/api/v1/video", &cookie).await;
    assert!(binary(&mut other).await[HEADER..] == picture(200)[..]);
}

#[tokio::test]
async fn where_the_encoder_refuses_jpeg_comes_and_why() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    let shown = large_picture(1);
    rig.show(&shown);
    let told = text(&mut client, "codec").await;
    assert_eq!(
        (&told["codec"], &told["why"]),
        (&"jpeg".into(), &"refused".into())
    );
    let frame = binary(&mut client).await;
    assert_eq!((frame[1], alone(&frame)), (1, true));
    assert!(frame[HEADER..] == shown[..]);
}

#[tokio::test]
async fn a_viewer_that_is_behind_goes_on_with_a_key() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    let mut other = socket(rig.plain, PATH, &cookie).await;
    rig.show(&picture(1));
    let mut mine = vec![binary(&mut client).await];
    let mut seen = binary(&mut other).await;
    // The other viewer has seen each: they have all been encoded.
    for shade in [40, 80, 120, 160] {
        send(&mut other, acknowledge(&seen)).await;
        rig.show(&picture(shade));
        seen = binary(&mut other).await;
    }
    for _ in 0..2 {
        mine.push(binary(&mut client).await);
    }
    send(&mut client, acknowledge(mine.last().expect("three"))).await;
    let next = binary(&mut client).await;
    assert!(alone(&next), "what came between was left out");
}
