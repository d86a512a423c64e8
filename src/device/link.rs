//! Watches the bound gadget: the state of its link, and the keyboard's lights.
//!
//! The gadget's thread runs one as long as the gadget is bound. It waits for the controller's
//! `state` attribute, which the kernel notifies, and for the keyboard's node, and looks at
//! everything twice a second anyway, because not every change is notified.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::watch;

use super::gadget::is_news;
use super::hidg::Function;
use super::roots::{Roots, is_bound};
use crate::hid::{Leds, Port};
use crate::target::{UsbLink, UsbProfile};

/// Half a second.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 500_000_000,
};

pub(super) struct LinkWatch {
    gadget: PathBuf,
    /// The controller's folder in `/sys/class/udc`.
    controller: PathBuf,
    keyboard: Function,
    node: Option<File>,
}

/// What the keyboard's node says about the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lights {
    Nothing,
    Set(Leds),
    /// The target has not configured the function.
    Deaf,
}

impl LinkWatch {
    pub(super) fn new(roots: &Roots, controller: &str) -> LinkWatch {
        LinkWatch {
            gadget: roots.gadget(),
            controller: roots.controllers.join(controller),
            keyboard: roots.function(Port::Keyboard),
            node: None,
        }
    }

    /// Publishes what changes until the gadget is unbound, another one is wanted or nobody listens any more.
    pub(super) fn run(
        &mut self,
        wanted: &watch::Receiver<UsbProfile>,
        leds: &watch::Sender<Leds>,
        link: &watch::Sender<UsbLink>,
    ) {
        let Ok(state) = File::open(self.controller.join("state")) else {
            return;
        };
        while is_bound(&self.gadget) && !is_news(wanted) && !link.is_closed() {
            let lights = self.read_lights();
            let now = match self.link(&state) {
                UsbLink::Configured if lights == Lights::Deaf => UsbLink::Disconnected,
                told => told,
            };
            if link.send_if_modified(|known| std::mem::replace(known, now) != now) {
                log::info!("USB link: {now:?}");
            }
            let lit = match (lights, now) {
                (Lights::Set(lit), _) => Some(lit),
                // A target that is not there has set none.
                (_, UsbLink::Disconnected | UsbLink::NoGadget) => Some(Leds::default()),
                _ => None,
            };
            if let Some(lit) = lit {
                leds.send_if_modified(|known| std::mem::replace(known, lit) != lit);
            }
            self.wait(&state, lights);
        }
    }

    /// The controller's word, and the composite layer's about sleep: dwc2 never says "suspended".
    fn link(&self, state: &File) -> UsbLink {
        let mut text = [0; 32];
        let length = state.read_at(&mut text, 0).unwrap_or(0);
        state_of(
            std::str::from_utf8(&text[..length]).unwrap_or(""),
            self.is_suspended(),
        )
    }

    fn is_suspended(&self) -> bool {
        let entries = fs::read_dir(self.controller.join("device"))
            .into_iter()
            .flatten()
            .flatten();
        entries
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("gadget"))
            .any(|entry| {
                fs::read_to_string(entry.path().join("suspended"))
                    .is_ok_and(|text| text.trim() == "1")
            })
    }

    /// Reads the reports that the target has sent to the keyboard; the last one counts.
    fn read_lights(&mut self) -> Lights {
        if self.node.is_none() {
            self.node = self.keyboard.open().ok();
        }
        let Some(node) = &mut self.node else {
            return Lights::Deaf;
        };
        let mut lights = Lights::Nothing;
        // Bounded, so that a target that floods the endpoint cannot hold the thread.
        for _ in 0..64 {
            let mut report = [0; 64];
            match node.read(&mut report) {
                Ok(0) => break,
                Ok(_) => lights = Lights::Set(Leds::from_report(report[0])),
                Err(error) => match Errno::from_io_error(&error) {
                    Some(Errno::AGAIN | Errno::INTR) => break,
                    // With `no_out_endpoint` a function that is not configured says ENOMEM.
                    Some(Errno::SHUTDOWN | Errno::NOMEM) => return Lights::Deaf,
                    _ => {
                        self.node = None;
                        return Lights::Deaf;
                    }
                },
            }
        }
        lights
    }

    fn wait(&self, state: &File, lights: Lights) {
        let mut awaited = vec![PollFd::new(state, PollFlags::PRI)];
        // A deaf function counts as readable all the time.
        if let Some(node) = self.node.as_ref().filter(|_| lights != Lights::Deaf) {
            awaited.push(PollFd::from_borrowed_fd(node.as_fd(), PollFlags::IN));
        }
        // An interrupted wait only means an early look.
        let _ = poll(&mut awaited, Some(&LOOK));
    }
}

/// What the kernel's words (`usb_state_string`) mean to the operator.
fn state_of(state: &str, suspended: bool) -> UsbLink {
    match state.trim() {
        "configured" if suspended => UsbLink::Suspended,
        "configured" => UsbLink::Configured,
        "suspended" => UsbLink::Suspended,
        _ => UsbLink::Disconnected,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;
    use crate::device::identity::function_name;

    /// A bound gadget in a folder; the keyboard's node is a FIFO.
    fn kernel() -> (tempfile::TempDir, Roots) {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        let keyboard = format!("g/farseat/functions/{}", function_name(Port::Keyboard));
        for folder in ["udc/pi/device/gadget.0", "dev", &keyboard] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        fs::write(at("g/farseat/UDC"), "pi\n").unwrap();
        fs::write(at("udc/pi/state"), "configured\n").unwrap();
        fs::write(at("udc/pi/device/gadget.0/suspended"), "0\n").unwrap();
        fs::write(at(&keyboard).join("dev"), "236:0\n").unwrap();
        mknodat(
            CWD,
            at("dev/hidg0"),
            FileType::Fifo,
            Mode::RUSR | Mode::WUSR,
            0,
        )
        .unwrap();
        let roots = Roots {
            gadgets: at("g"),
            controllers: at("udc"),
            dev: at("dev"),
        };
        (root, roots)
    }

    /// Runs the watch in a thread; it ends when the gadget is unbound.
    fn watched(
        roots: &Roots,
    ) -> (
        watch::Receiver<Leds>,
        watch::Receiver<UsbLink>,
        std::thread::JoinHandle<()>,
    ) {
        let (leds, link) = (
            watch::Sender::new(Leds::default()),
            watch::Sender::new(UsbLink::NoGadget),
        );
        let receivers = (leds.subscribe(), link.subscribe());
        let mut watch = LinkWatch::new(roots, "pi");
        let thread = std::thread::spawn(move || {
            let (_show, wanted) = tokio::sync::watch::channel(UsbProfile::default());
            watch.run(&wanted, &leds, &link);
        });
        (receivers.0, receivers.1, thread)
    }

    fn set_lights(root: &Path, bits: u8) {
        let mut node = fs::OpenOptions::new()
            .write(true)
            .open(root.join("dev/hidg0"))
            .unwrap();
        node.write_all(&[bits]).unwrap();
    }

    #[tokio::test]
    async fn lights_are_read_from_the_keyboards_node() {
        let (root, roots) = kernel();
        let (mut leds, mut link, thread) = watched(&roots);
        link.wait_for(|link| *link == UsbLink::Configured)
            .await
            .unwrap();
        set_lights(root.path(), 0b10);
        assert!(leds.wait_for(|leds| leds.caps && !leds.num).await.is_ok());
        fs::write(root.path().join("g/farseat/UDC"), "\n").unwrap();
        thread.join().unwrap();
    }

    #[tokio::test]
    async fn sleep_is_seen_though_the_controller_only_says_configured() {
        let (root, roots) = kernel();
        let (_leds, mut link, thread) = watched(&roots);
        link.wait_for(|link| *link == UsbLink::Configured)
            .await
            .unwrap();
        fs::write(root.path().join("udc/pi/device/gadget.0/suspended"), "1\n").unwrap();
        link.wait_for(|link| *link == UsbLink::Suspended)
            .await
            .unwrap();
        fs::write(root.path().join("udc/pi/state"), "not attached\n").unwrap();
        link.wait_for(|link| *link == UsbLink::Disconnected)
            .await
            .unwrap();
        fs::write(root.path().join("g/farseat/UDC"), "\n").unwrap();
        thread.join().unwrap();
    }

    #[test]
    fn a_watch_ends_when_nobody_listens() {
        let (_root, roots) = kernel();
        let (leds, link, thread) = watched(&roots);
        drop((leds, link));
        thread.join().unwrap();
    }

    #[test]
    fn each_state_of_the_kernel_has_its_meaning() {
        assert_eq!(state_of("configured\n", false), UsbLink::Configured);
        assert_eq!(state_of("configured\n", true), UsbLink::Suspended);
        assert_eq!(state_of("suspended\n", false), UsbLink::Suspended);
        for state in [
            "not attached",
            "attached",
            "powered",
            "default",
            "addressed",
            "UNKNOWN",
            "",
        ] {
            assert_eq!(state_of(state, false), UsbLink::Disconnected, "{state}");
        }
    }
}
