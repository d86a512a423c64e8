//! What init waits for: signals, what `serve` says and news of devices, in one wait. Decides nothing.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::klog::Log;
use crate::slot::line::PACKET_LIMIT;
use crate::sys::pass;
use crate::sys::uevents::{Uevent, Uevents};
use crate::sys::{signal_fd::SignalFd, signal_mask::SignalSet};

/// What init listens to: a child ended; BusyBox's signals for reboot and power off; Ctrl-Alt-Del;
/// SIGHUP for a reboot into the other slot.
const SIGNALS: [i32; 6] = [
    libc::SIGCHLD,
    libc::SIGTERM,
    libc::SIGINT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGHUP,
];
/// Without signals orders go unheard, but children are reaped this often.
const DEAF: Duration = Duration::from_millis(250);

/// What one wait brought.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) signals: Vec<i32>,
    /// One of `serve`'s. More are there at the next wait, which ends at once then.
    pub(super) packet: Option<Vec<u8>>,
    pub(super) devices: Vec<Uevent>,
}

pub(super) struct Ears {
    signals: Option<SignalFd>,
    /// The line of the `serve` that runs; `None` after it hung up.
    line: Option<OwnedFd>,
    /// For one packet, and a byte that shows that it is too long.
    buffer: Vec<u8>,
    uevents: Option<Uevents>,
}

impl Ears {
    /// Signals stay pending and news of devices are kept from now on: none is lost before the
    /// first wait.
    pub(super) fn open(log: &Log) -> Ears {
        let signals = SignalSet::of(&SIGNALS).and_then(|set| {
            set.block()?;
            SignalFd::open(&set)
        });
        let signals = signals
            .inspect_err(|error| log.fail(&format!("hear signals: {error}")))
            .ok();
        let uevents = Uevents::open()
            .inspect_err(|error| log.fail(&format!("hear news of devices: {error}")))
            .ok();
        Ears {
            signals,
            line: None,
            buffer: vec![0; PACKET_LIMIT + 1],
            uevents,
        }
    }

    /// For who waits for one device before anything else.
    pub(super) fn uevents(&self) -> Option<&Uevents> {
        self.uevents.as_ref()
    }

    /// From now on `serve` is at the other end of this.
    pub(super) fn follow(&mut self, line: OwnedFd) {
        self.line = Some(line);
    }

    /// Says something to `serve`, without waiting: whether there was room for it. Who does not listen misses it.
    pub(super) fn say(&self, packet: &[u8]) -> bool {
        let Some(line) = &self.line else { return true };
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        // One that has hung up is starting anew, and will ask.
        !matches!(send(line, packet, flags), Err(Errno::AGAIN))
    }

    /// The same with a descriptor beside it.
    pub(super) fn hand_over(&self, packet: &[u8], descriptor: &OwnedFd) -> io::Result<()> {
        let line = self.line.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        pass::send(line, packet, descriptor)
    }

    /// Waits for news, and for what else is to be waited for, at most `timeout`.
    pub(super) fn wait(&mut self, timeout: Duration, also: Option<PollFd<'_>>) -> Heard {
        let timeout = if self.signals.is_some() {
            timeout
        } else {
            timeout.min(DEAF)
        };
        self.poll(timeout, also);
        let mut heard = Heard::default();
        if let Some(signals) = &mut self.signals {
            heard.signals = std::iter::from_fn(|| signals.take()).collect();
        }
        heard.packet = self.read_line();
        if let Some(uevents) = &self.uevents {
            heard.devices = std::iter::from_fn(|| uevents.take()).collect();
        }
        heard
    }

    fn poll<'a>(&'a self, timeout: Duration, also: Option<PollFd<'a>>) {
        let mut polled: Vec<_> = also.into_iter().collect();
        if let Some(signals) = &self.signals {
            polled.push(PollFd::new(signals, PollFlags::IN));
        }
        if let Some(line) = &self.line {
            polled.push(PollFd::new(line, PollFlags::IN));
        }
        if let Some(uevents) = &self.uevents {
            polled.push(PollFd::new(uevents, PollFlags::IN));
        }
        // An interrupted wait is a short one.
        let _ = poll(&mut polled, Some(&timespec(timeout)));
    }

    fn read_line(&mut self) -> Option<Vec<u8>> {
        let line = self.line.as_ref()?;
        match recv(line, &mut self.buffer[..], RecvFlags::DONTWAIT) {
            // An empty packet is an end too: nobody has a reason to send one.
            Ok((0, _)) => self.line = None,
            Ok((length, _)) => return Some(self.buffer[..length].to_vec()),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.line = None,
        }
        None
    }
}

pub(super) fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::pass::pair;

    const LONG: Duration = Duration::from_secs(5);

    fn ears() -> (Ears, OwnedFd) {
        let (line, serve) = pair().expect("a pair");
        let ears = Ears {
            signals: None,
            line: Some(line),
            buffer: vec![0; PACKET_LIMIT + 1],
            uevents: None,
        };
        (ears, serve)
    }

    fn tell(serve: &OwnedFd, packet: &[u8]) {
        send(serve, packet, SendFlags::empty()).expect("sent");
    }

    #[test]
    fn packets_are_heard_one_by_one_and_each_once() {
        let (mut ears, serve) = ears();
        assert_eq!(ears.wait(Duration::ZERO, None).packet, None);
        tell(&serve, b"one");
        tell(&serve, b"two");
        assert_eq!(ears.wait(LONG, None).packet.as_deref(), Some(&b"one"[..]));
        assert_eq!(ears.wait(LONG, None).packet.as_deref(), Some(&b"two"[..]));
        assert_eq!(ears.wait(Duration::ZERO, None).packet, None);
    }

    #[test]
    fn the_longest_packet_is_heard_whole_and_a_longer_one_is_seen_to_be_one() {
        let (mut ears, serve) = ears();
        for length in [PACKET_LIMIT, PACKET_LIMIT + 1, PACKET_LIMIT + 100] {
            tell(&serve, &vec![5; length]);
            let heard = ears.wait(LONG, None).packet.expect("a packet").len();
            assert_eq!(heard, length.min(PACKET_LIMIT + 1));
        }
    }

    #[test]
    fn a_line_that_hung_up_is_not_waited_for_again() {
        let (mut ears, serve) = ears();
        drop(serve);
        assert_eq!(ears.wait(LONG, None).packet, None);
        assert!(ears.line.is_none());
        assert!(ears.say(b"nobody hears it"));
    }

    #[test]
    fn a_serve_that_does_not_listen_is_not_waited_for() {
        let (ears, serve) = ears();
        let said = (0..100_000).take_while(|_| ears.say(b"news")).count();
        assert!((10..100_000).contains(&said), "{said} are kept");
        let mut word = [0; 8];
        let (length, _) = recv(&serve, &mut word[..], RecvFlags::empty()).expect("the first");
        assert_eq!(word[..length], *b"news");
        assert!(ears.say(b"there is room again"));
    }
}
