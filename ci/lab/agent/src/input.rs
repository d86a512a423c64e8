//! The target's input devices: follows the event nodes and reads what they say.
//!
//! Nodes come and go with every enumeration of the gadget. inotify says when to look again; a node that fails to read
//! has left. Never interprets an event.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;

use farseat_lab_agent::Report;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::inotify;

use crate::port::Port;
use crate::sys;

const DEV: &str = "/lab/dev";
const FOLDER: &str = "/lab/dev/input";
/// `struct input_event` on a 64-bit kernel: two longs of time, type, code, value.
const EVENT: usize = 24;
const EV_SYN: u16 = 0x00;
const SYN_DROPPED: u16 = 3;
const EV_LED: u16 = 0x11;

struct Node {
    file: File,
    name: String,
    has_leds: bool,
}

/// Which descriptors have something to say.
pub(crate) struct Ready {
    pub(crate) port: bool,
    nodes: Vec<String>,
    folder: bool,
}

pub(crate) struct Inputs {
    changes: OwnedFd,
    nodes: BTreeMap<String, Node>,
}

impl Inputs {
    pub(crate) fn watch() -> io::Result<Self> {
        let changes =
            inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)?;
        // The folder itself appears with the first device and vanishes with the last.
        inotify::add_watch(&changes, DEV, inotify::WatchFlags::CREATE)?;
        Ok(Self {
            changes,
            nodes: BTreeMap::new(),
        })
    }

    /// Wait until any descriptor has news.
    pub(crate) fn wait(&self, port: &Port) -> io::Result<Ready> {
        let mut polled = vec![
            PollFd::new(port, PollFlags::IN),
            PollFd::new(&self.changes, PollFlags::IN),
        ];
        polled.extend(
            self.nodes
                .values()
                .map(|node| PollFd::new(&node.file, PollFlags::IN)),
        );
        poll(&mut polled, None)?;
        let news: Vec<bool> = polled.iter().map(|fd| !fd.revents().is_empty()).collect();
        let nodes = self
            .nodes
            .keys()
            .zip(&news[2..])
            .filter(|(_, news)| **news)
            .map(|(node, _)| node.clone())
            .collect();
        Ok(Ready {
            port: news[0],
            folder: news[1],
            nodes,
        })
    }

    /// Everything that the ready descriptors have to say, in order.
    pub(crate) fn collect(&mut self, ready: &Ready) -> io::Result<Vec<Report>> {
        let mut reports = Vec::new();
        for node in &ready.nodes {
            self.drain(node, &mut reports);
        }
        if ready.folder {
            let mut space = [MaybeUninit::uninit(); 4096];
            let mut reader = inotify::Reader::new(&self.changes, &mut space);
            while reader.next().is_ok() {}
            reports.extend(self.rescan()?);
        }
        Ok(reports)
    }

    fn drain(&mut self, id: &str, reports: &mut Vec<Report>) {
        let Some(node) = self.nodes.get_mut(id) else {
            return;
        };
        let mut events = [0; EVENT * 64];
        loop {
            match node.file.read(&mut events) {
                Ok(length) => {
                    reports.extend(
                        events[..length]
                            .chunks_exact(EVENT)
                            .filter_map(|event| input(id, &node.name, event)),
                    );
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => break,
            }
        }
        reports.push(Report::Lost {
            node: id.into(),
            name: node.name.clone(),
        });
        self.nodes.remove(id);
    }

    /// Open every node that is not open yet.
    pub(crate) fn rescan(&mut self) -> io::Result<Vec<Report>> {
        // Watch first, list second: a node made in between is seen twice, never missed.
        if inotify::add_watch(&self.changes, FOLDER, inotify::WatchFlags::CREATE).is_err() {
            return Ok(Vec::new());
        }
        let Ok(entries) = fs::read_dir(FOLDER) else {
            return Ok(Vec::new());
        };
        let mut reports = Vec::new();
        for id in entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()) {
            if !id.starts_with("event") || self.nodes.contains_key(&id) {
                continue;
            }
            if let Ok(node) = open(&id) {
                reports.push(Report::Found {
                    node: id.clone(),
                    name: node.name.clone(),
                    keyboard: node.has_leds,
                });
                self.nodes.insert(id, node);
            }
        }
        Ok(reports)
    }

    /// What the kernel takes for held, a line for each: the device and the code.
    pub(crate) fn held(&self) -> io::Result<String> {
        let mut lines = Vec::new();
        for node in self.nodes.values() {
            match sys::held(&node.file) {
                Ok(codes) => lines.extend(codes.iter().map(|code| format!("{} {code}", node.name))),
                // It has just gone, and with it what was held.
                Err(error) if error.raw_os_error() == Some(libc::ENODEV) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(lines.join("\n"))
    }

    /// Ask the keyboard to show an LED.
    pub(crate) fn set_led(&self, led: u16, on: bool) -> io::Result<()> {
        let keyboard = self.nodes.values().find(|node| node.has_leds);
        let keyboard = keyboard
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no keyboard with LEDs"))?;
        let mut events = [0; EVENT * 2];
        events[16..18].copy_from_slice(&EV_LED.to_ne_bytes());
        events[18..20].copy_from_slice(&led.to_ne_bytes());
        events[20..24].copy_from_slice(&i32::from(on).to_ne_bytes());
        events[EVENT + 16..EVENT + 18].copy_from_slice(&EV_SYN.to_ne_bytes());
        (&keyboard.file).write_all(&events)
    }
}

fn open(id: &str) -> io::Result<Node> {
    let about = format!("/lab/sys/class/input/{id}/device");
    let name = fs::read_to_string(format!("{about}/name"))?
        .trim()
        .to_owned();
    let has_leds = fs::read_to_string(format!("{about}/capabilities/led"))?.trim() != "0";
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(nonblocking)
        .open(format!("{FOLDER}/{id}"))?;
    sys::grab(&file)?;
    Ok(Node {
        file,
        name,
        has_leds,
    })
}

fn input(node: &str, name: &str, event: &[u8]) -> Option<Report> {
    let kind = u16::from_ne_bytes(event[16..18].try_into().ok()?);
    let code = u16::from_ne_bytes(event[18..20].try_into().ok()?);
    let value = i32::from_ne_bytes(event[20..24].try_into().ok()?);
    // Other synchronisation marks only say that a group of events is complete; this one, that the agent was too slow.
    (kind != EV_SYN || code == SYN_DROPPED).then(|| Report::Input {
        node: node.into(),
        name: name.into(),
        kind,
        code,
        value,
    })
}
