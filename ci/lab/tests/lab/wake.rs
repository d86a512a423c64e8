//! Wake-on-LAN: what comes out of the appliance's network cable.

use std::path::Path;
use std::time::{Duration, Instant};

use farseat_lab::PATIENCE;
use serde_json::json;

use crate::lab;

/// Ethernet, IPv4 and UDP before the payload.
const HEADERS: usize = 14 + 20 + 8;
const MAC: [u8; 6] = [0x02, 0x00, 0x5e, 0x10, 0x00, 0x01];

#[test]
fn a_machine_on_the_list_gets_exactly_the_magic_packet() {
    let mut lab = lab();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cable");
    lab.qmp().record_network(&file).unwrap();
    let console = lab.console();
    let list = json!({"machines": [{"name": "nas", "mac": "02-00-5E-10-00-01"}]});
    let saved = console.ask("PUT", "/api/v1/wake", Some(list)).unwrap();
    assert_eq!(saved.status, 200, "{}", saved.json());
    let sent = console.ask("POST", "/api/v1/wake/send", Some(json!({"name": "nas"})));
    assert_eq!(sent.unwrap().json(), json!({"to": "10.0.2.255:9"}));

    let frame = wait_frame(&file, |frame| frame.ends_with(&[MAC; 16].concat()));
    assert_eq!(frame[..6], [0xff; 6], "to everybody on the link");
    assert_eq!(frame[12..14], [0x08, 0x00], "IPv4");
    assert_eq!(frame[30..34], [10, 0, 2, 255]);
    assert_eq!(
        (frame[23], &frame[36..38]),
        (17, &[0, 9][..]),
        "UDP, port 9"
    );
    let magic = [&[0xff; 6][..], &[MAC; 16].concat()].concat();
    assert_eq!(frame[HEADERS..], magic);
}

/// Looks until such a frame is there: the file is QEMU's, there is no event to wait for.
#[track_caller]
fn wait_frame(file: &Path, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let end = Instant::now() + PATIENCE;
    loop {
        let recorded = std::fs::read(file).unwrap_or_default();
        if let Some(frame) = frames(&recorded).into_iter().find(|frame| wanted(frame)) {
            return frame.to_owned();
        }
        assert!(
            Instant::now() < end,
            "no such frame among {} bytes",
            recorded.len()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Of a libpcap file of this machine's byte order: a header, then each frame behind its time and two lengths.
fn frames(file: &[u8]) -> Vec<&[u8]> {
    let mut rest = file.get(24..).unwrap_or_default();
    let mut frames = Vec::new();
    while let Some((head, after)) = rest.split_at_checked(16) {
        let length = u32::from_ne_bytes([head[8], head[9], head[10], head[11]]) as usize;
        let Some((frame, after)) = after.split_at_checked(length) else {
            break;
        };
        frames.push(frame);
        rest = after;
    }
    frames
}
