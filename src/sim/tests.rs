//! The virtual target from outside: through its cables and its questions port.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::*;
use crate::target::{PortError, UsbLink};
use crate::video::edid::{EdidState, EdidWish, Offer};
use crate::video::{CaptureWish, Mode, NoPicture, PixelFormat};

/// Far more than anything here takes; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(20);
const CAPS_LOCK: [u8; 8] = [0, 0, 0x39, 0, 0, 0, 0, 0];

fn with_questions() -> VirtualTarget {
    let questions = Some(([127, 0, 0, 1], 0).into());
    start(&Options {
        questions,
        ..Options::default()
    })
    .unwrap()
}

/// A client of the questions port.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn of(target: &VirtualTarget) -> Client {
        let address = target.questions.unwrap();
        Client(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    async fn ask(&mut self, question: &str) -> Value {
        self.0
            .get_mut()
            .write_all(format!("{question}\n").as_bytes())
            .await
            .unwrap();
        self.answer().await.unwrap()
    }

    /// None when the connection is closed.
    async fn answer(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.0.read_line(&mut line));
        let length = read.await.expect("an answer arrives").unwrap();
        (length > 0).then(|| serde_json::from_str(&line).unwrap())
    }
}

/// The next frame's bytes, waiting as long as it takes.
fn frame(capture: &mut dyn Capture) -> Result<(Vec<u8>, Mode), NoPicture> {
    let end = Instant::now() + PATIENCE;
    let mut taken = None;
    while taken.is_none() && Instant::now() < end {
        capture.next(PATIENCE, &mut |frame| {
            taken = Some((frame.data.to_vec(), frame.mode))
        })?;
    }
    Ok(taken.expect("a frame arrives"))
}

#[test]
fn it_has_every_port_and_delivers_yuyv_of_its_own_mode() {
    let mut target = start(&Options::default()).unwrap();
    let ports: Vec<Port> = target.usb.ports.iter().map(|(port, _)| *port).collect();
    assert_eq!(ports, Port::ALL);
    let wish = CaptureWish {
        width: 640,
        height: 480,
        max_fps: 5,
    };
    let mode = target.capture.start(&wish).unwrap();
    assert_eq!(
        (mode.width, mode.height, mode.format),
        (1280, 720, PixelFormat::Yuyv)
    );
    let (bytes, of) = frame(target.capture.as_mut()).unwrap();
    assert_eq!((bytes.len(), of), (mode.stride * 720, mode));
}

#[test]
fn a_report_changes_lights_and_picture() {
    let mut target = start(&Options::default()).unwrap();
    target.capture.start(&CaptureWish::default()).unwrap();
    let (before, _) = frame(target.capture.as_mut()).unwrap();
    let (_, keyboard) = &mut target.usb.ports[0];
    keyboard.write(&CAPS_LOCK).unwrap();
    assert!(target.usb.leds.borrow().caps);
    let (after, _) = frame(target.capture.as_mut()).unwrap();
    assert!(before != after);
}

#[test]
fn capture_that_was_not_started_or_was_stopped_has_no_device() {
    let mut target = start(&Options::default()).unwrap();
    assert_eq!(frame(target.capture.as_mut()), Err(NoPicture::NoDevice));
    target.capture.start(&CaptureWish::default()).unwrap();
    target.capture.stop();
    target.capture.stop();
    assert_eq!(frame(target.capture.as_mut()), Err(NoPicture::NoDevice));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let mode = |mode| {
        start(&Options {
            mode,
            ..Options::default()
        })
    };
    assert!(matches!(mode((1281, 720)), Err(SimError::Mode(1281, 720))));
    assert!(matches!(mode((0, 0)), Err(SimError::Mode(0, 0))));
    let open = Options {
        questions: Some(([0, 0, 0, 0], 0).into()),
        ..Options::default()
    };
    assert!(matches!(start(&open), Err(SimError::NotLoopback(_))));
}

#[tokio::test]
async fn what_is_typed_is_waited_for_without_polling() {
    let mut target = with_questions();
    let mut client = Client::of(&target).await;
    assert_eq!(client.ask("wait 20 power running").await["ok"], true);
    let (_, mut keyboard) = target.usb.ports.remove(0);
    let waiting = tokio::spawn(async move { client.ask("wait 20 typed h").await });
    keyboard.write(&[0, 0, 0x0B, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!(waiting.await.unwrap(), json!({ "ok": true, "typed": "h" }));
}

#[tokio::test]
async fn a_wait_that_fails_says_so_and_what_was_there() {
    let target = with_questions();
    let mut client = Client::of(&target).await;
    let answer = client.ask("wait 0 keys 4").await;
    assert_eq!(
        answer,
        json!({ "ok": false, "error": "time limit", "keys": [] })
    );
}

#[tokio::test]
async fn another_edid_interrupts_the_signal_and_the_target_takes_its_mode() {
    let mut target = with_questions();
    let mut client = Client::of(&target).await;
    let own = target.capture.set_edid(&EdidWish::Default);
    assert_eq!(own, EdidState::Told(Offer::Hd60.edid().bytes().to_vec()));
    assert!(target.capture.start(&CaptureWish::default()).is_ok());
    let wish = EdidWish::Offered(Offer::Xga60);
    target.capture.set_edid(&wish);
    assert_eq!(frame(target.capture.as_mut()), Err(NoPicture::NoCable));
    target.capture.set_edid(&wish);
    client.ask("wait 10 signal live").await;
    let mode = target.capture.start(&CaptureWish::default()).unwrap();
    assert_eq!((mode.width, mode.height), (1024, 768));
    client.ask("edid fixed").await;
    assert_eq!(target.capture.set_edid(&wish), EdidState::Fixed);
}

#[tokio::test]
async fn levers_reach_signal_and_usb() {
    let mut target = with_questions();
    let mut client = Client::of(&target).await;
    target.capture.start(&CaptureWish::default()).unwrap();
    client.ask("signal no_sync").await;
    assert_eq!(frame(target.capture.as_mut()), Err(NoPicture::NoSync));
    assert_eq!(
        target.capture.start(&CaptureWish::default()),
        Err(NoPicture::NoSync)
    );
    client.ask("signal live").await;
    assert!(target.capture.start(&CaptureWish::default()).is_ok());
    client.ask("mode 1024x768").await;
    assert_eq!(frame(target.capture.as_mut()), Err(NoPicture::Changed));
    let mode = target.capture.start(&CaptureWish::default()).unwrap();
    assert_eq!((mode.width, mode.height), (1024, 768));
    client.ask("usb suspended").await;
    assert_eq!(*target.usb.link.borrow_and_update(), UsbLink::Suspended);
    assert_eq!(
        target.usb.ports[0].1.write(&[0; 8]),
        Err(PortError::Shutdown)
    );
}

#[tokio::test]
async fn a_busy_port_has_room_again_when_the_lever_says_so() {
    let mut target = with_questions();
    let mut client = Client::of(&target).await;
    client.ask("busy on").await;
    let (_, mut keyboard) = target.usb.ports.remove(0);
    let waiting = spawn_blocking(move || {
        let refused = keyboard.write(&[0; 8]);
        keyboard.wait_for_room(PATIENCE);
        (refused, keyboard.write(&[0; 8]))
    });
    client.ask("busy off").await;
    let (refused, taken) = waiting.await.unwrap();
    assert!(matches!(refused, Ok(()) | Err(PortError::Busy)));
    assert_eq!(taken, Ok(()));
}

#[tokio::test]
async fn hostile_lines_are_refused_and_the_connection_goes_on() {
    let target = with_questions();
    let mut client = Client::of(&target).await;
    client
        .0
        .get_mut()
        .write_all(b"\xFF\xFE\x00 \n")
        .await
        .unwrap();
    assert_eq!(client.answer().await.unwrap()["ok"], false);
    assert_eq!(client.ask("mode 99999999x1").await["ok"], false);
    assert_eq!(client.ask("typed").await["ok"], true);
}

#[tokio::test]
async fn an_endless_line_is_cut_off() {
    let target = with_questions();
    let mut client = Client::of(&target).await;
    client.0.get_mut().write_all(&[b'a'; 1025]).await.unwrap();
    assert_eq!(client.answer().await.unwrap()["ok"], false);
    assert_eq!(client.answer().await, None);
}

#[tokio::test]
async fn the_ninth_client_is_turned_away() {
    let target = with_questions();
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = Client::of(&target).await;
        assert_eq!(client.ask("leds").await["ok"], true);
        clients.push(client);
    }
    let mut ninth = Client::of(&target).await;
    assert_eq!(ninth.answer().await.unwrap()["error"], "too many clients");
    assert_eq!(ninth.answer().await, None);
}

#[tokio::test]
async fn when_the_cables_are_unplugged_everything_ends() {
    let target = with_questions();
    let mut client = Client::of(&target).await;
    assert_eq!(client.ask("power").await["ok"], true);
    let VirtualTarget { capture, usb, .. } = target;
    let mut leds = usb.leds;
    drop((capture, usb.ports));
    let end = timeout(PATIENCE, async { while leds.changed().await.is_ok() {} });
    assert!(end.await.is_ok(), "the computer is gone");
    assert_eq!(client.answer().await, None);
}
