//! The control socket.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::Message as WireMessage;

use super::client::{Client, binary, close_code, open, receive, send, socket, text};
use super::rig::Rig;
use crate::hid::event::{Event, Message, Usage};
use crate::hid::{Leds, Port};

const PATH: &str = "/api/v1/control";

fn key(sequence: u32, usage: u8, down: bool) -> Vec<u8> {
    Message {
        sequence,
        event: Event::Key {
            usage: Usage::Key(usage),
            down,
        },
    }
    .encode()
}

async fn next_report(rig: &mut Rig, port: Port) -> Vec<u8> {
    loop {
        let (from, report) = rig.reports.recv().await.expect("the port lives");
        if from == port {
            return report;
        }
    }
}

/// A boot keyboard report in which this key is held.
fn holds(report: &[u8], usage: u8) -> bool {
    report[2..].contains(&usage)
}

#[tokio::test]
async fn the_first_socket_is_welcomed_and_gets_the_lease() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    let WireMessage::Text(first) = receive(&mut client).await else {
        panic!("a text first")
    };
    assert!(
        first.starts_with(r#"{"type":"welcome","seat":""#),
        "{first}"
    );
    let lease = text(&mut client, "lease").await;
    assert_eq!(
        (&lease["you"], &lease["controller"]["name"]),
        (&true.into(), &"ann".into())
    );
    assert_eq!(text(&mut client, "usb").await["state"], "configured");
}

#[tokio::test]
async fn a_key_reaches_the_target_and_is_acknowledged() {
    let (mut rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    send(&mut client, key(1, 0x04, true)).await;
    assert_eq!(binary(&mut client).await, [0x81, 1, 0, 0, 0, 0]);
    while !holds(&next_report(&mut rig, Port::Keyboard).await, 0x04) {}
}

#[tokio::test]
async fn closing_the_socket_releases_its_keys() {
    let (mut rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    send(&mut client, key(1, 0x04, true)).await;
    while !holds(&next_report(&mut rig, Port::Keyboard).await, 0x04) {}
    drop(client);
    while holds(&next_report(&mut rig, Port::Keyboard).await, 0x04) {}
}

#[tokio::test]
async fn logging_out_closes_the_socket_and_releases_its_keys() {
    let (mut rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    send(&mut client, key(1, 0x04, true)).await;
    while !holds(&next_report(&mut rig, Port::Keyboard).await, 0x04) {}
    let token = cookie.split_once('=').expect("a pair").1;
    rig.auth.log_out(&rig.auth.session(token).expect("session"));
    assert_eq!(close_code(&mut client).await, 4401);
    while holds(&next_report(&mut rig, Port::Keyboard).await, 0x04) {}
}

#[tokio::test]
async fn the_second_socket_watches_until_it_takes_over() {
    let (rig, cookie) = Rig::claimed().await;
    let mut first = socket(rig.plain, PATH, &cookie).await;
    text(&mut first, "lease").await;
    let mut second = socket(rig.plain, PATH, &cookie).await;
    assert_eq!(text(&mut second, "lease").await["you"], false);
    send(&mut second, key(1, 0x04, true)).await;
    assert_eq!(
        binary(&mut second).await,
        [0x81, 1, 0, 0, 0, 1],
        "not in control"
    );
    let take_over = Message {
        sequence: 2,
        event: Event::RequestControl { take_over: true },
    };
    send(&mut second, take_over.encode()).await;
    assert_eq!(text(&mut second, "lease").await["you"], true);
    assert_eq!(text(&mut first, "lease").await["you"], false);
}

#[tokio::test]
async fn lights_are_pushed() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    assert_eq!(text(&mut client, "leds").await["caps"], false);
    rig.leds
        .send(Leds::from_report(0b10))
        .expect("console lives");
    assert_eq!(text(&mut client, "leds").await["caps"], true);
}

async fn refused(rig: &Rig, cookie: &str, message: WireMessage) -> (String, u16) {
    let mut client = socket(rig.plain, PATH, cookie).await;
    client.send(message).await.expect("send");
    let error = text(&mut client, "error").await;
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| !message.is_empty())
    );
    (
        error["code"].as_str().expect("a code").to_owned(),
        close_code(&mut client).await,
    )
}

#[tokio::test]
async fn what_breaks_the_protocol_ends_that_socket_and_reaches_nobody() {
    let (mut rig, cookie) = Rig::claimed().await;
    let mut operator = socket(rig.plain, PATH, &cookie).await;
    for bytes in [
        vec![],
        vec![0x01],
        vec![0xff, 1, 0, 0, 0],
        vec![0x01, 1, 0, 0, 0, 9, 4, 0, 1],
        vec![0x01, 1, 0, 0, 0, 0, 4, 0, 2],
        key(2, 0x04, true),
        key(0, 0x04, true),
        vec![0x55; 64],
    ] {
        let end = refused(&rig, &cookie, WireMessage::binary(bytes.clone())).await;
        assert_eq!(end, ("malformed".to_owned(), 1002), "{bytes:02x?}");
    }
    assert_eq!(
        refused(&rig, &cookie, WireMessage::text("hello")).await,
        ("malformed".to_owned(), 1002)
    );
    assert_eq!(
        refused(&rig, &cookie, WireMessage::binary(vec![1; 65])).await,
        ("too_large".to_owned(), 1009)
    );
    send(&mut operator, key(1, 0x05, true)).await;
    assert_eq!(
        binary(&mut operator).await,
        [0x81, 1, 0, 0, 0, 0],
        "nothing else disturbed"
    );
    loop {
        let report = next_report(&mut rig, Port::Keyboard).await;
        assert!(!holds(&report, 0x04), "of a refused message");
        if holds(&report, 0x05) {
            return;
        }
    }
}

/// Sends this many moves as fast as the connection takes them; true when all went out.
async fn flood(client: &mut Client, moves: u32) -> bool {
    for sequence in 1..=moves {
        let event = Event::MoveTo {
            x: (sequence % 32768) as u16,
            y: 0,
        };
        let bytes = Message { sequence, event }.encode();
        if client.feed(WireMessage::binary(bytes)).await.is_err() {
            return false;
        }
    }
    client.flush().await.is_ok()
}

#[tokio::test]
async fn a_flood_ends_the_socket_with_too_fast() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    flood(&mut client, 40_000).await;
    let mut code = None;
    while let Some(Ok(message)) = client.next().await {
        match message {
            WireMessage::Text(text) if text.contains("\"error\"") => {
                assert!(text.contains("too_fast"), "{text}")
            }
            WireMessage::Close(frame) => code = frame.map(|frame| u16::from(frame.code)),
            _ => {}
        }
    }
    assert_eq!(code, Some(1013));
    socket(rig.plain, PATH, &cookie).await;
}

#[tokio::test]
async fn every_event_of_a_burst_is_acknowledged() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    assert!(flood(&mut client, 1000).await);
    loop {
        let acknowledged = binary(&mut client).await;
        assert_eq!((acknowledged[0], acknowledged[5]), (0x81, 0));
        if acknowledged[1..5] == 1000u32.to_le_bytes() {
            return;
        }
    }
}

#[tokio::test]
async fn each_key_edge_is_a_report_of_its_own() {
    let (mut rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    for pair in 0..50 {
        let letter = 0x04 + (pair % 26) as u8;
        // Both at once: the second must not swallow the first.
        send(&mut client, key(2 * pair + 1, letter, true)).await;
        send(&mut client, key(2 * pair + 2, letter, false)).await;
        while !holds(&next_report(&mut rig, Port::Keyboard).await, letter) {}
        let released = next_report(&mut rig, Port::Keyboard).await;
        assert_eq!(released, [0; 8], "{pair}");
    }
}

#[tokio::test]
async fn stopping_closes_sockets_with_going_away() {
    let (mut rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, PATH, &cookie).await;
    text(&mut client, "usb").await;
    let (code, ()) = tokio::join!(close_code(&mut client), rig.stop());
    assert_eq!(code, 1001);
    let origin = format!("http://{}", rig.plain);
    let refused = tokio::net::TcpStream::connect(rig.plain).await.is_err();
    assert!(refused || open(rig.plain, PATH, &[("Origin", &origin)]).await.is_err());
}
