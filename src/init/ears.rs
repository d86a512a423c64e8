//! What init waits for: signals, the pulse of `serve` and news of devices, in one wait. Decides nothing.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::klog::Log;
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
    pub(super) pulse: bool,
    pub(super) devices: Vec<Uevent>,
}

pub(super) struct Ears {
    signals: Option<SignalFd>,
    /// The line of the `serve` that runs; `None` after it hung up.
    line: Option<UnixStream>,
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
            uevents,
        }
    }

    /// For who waits for one device before anything else.
    pub(super) fn uevents(&self) -> Option<&Uevents> {
        self.uevents.as_ref()
    }

    /// From now on the pulse comes from here.
    pub(super) fn follow(&mut self, line: UnixStream) {
        self.line = Some(line);
    }

    /// Waits for news, at most `timeout`.
    pub(super) fn wait(&mut self, timeout: Duration) -> Heard {
        let timeout = if self.signals.is_some() {
            timeout
        } else {
            timeout.min(DEAF)
        };
        self.poll(timeout);
        let mut heard = Heard::default();
        if let Some(signals) = &mut self.signals {
            heard.signals = std::iter::from_fn(|| signals.take()).collect();
        }
        heard.pulse = self.read_line();
        if let Some(uevents) = &self.uevents {
            heard.devices = std::iter::from_fn(|| uevents.take()).collect();
        }
        heard
    }

    fn poll(&self, timeout: Duration) {
        let mut polled = Vec::with_capacity(3);
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

    /// Whether a pulse came. One is as good as many.
    fn read_line(&mut self) -> bool {
        let Some(line) = &mut self.line else {
            return false;
        };
        let mut pulses = [0; 64];
        match line.read(&mut pulses) {
            Ok(0) => {
                self.line = None;
                false
            }
            Ok(_) => true,
            Err(_) => false,
        }
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
    use std::io::Write as _;

    use super::*;

    fn ears() -> (Ears, UnixStream) {
        let (line, other) = UnixStream::pair().expect("a pair");
        line.set_nonblocking(true).expect("non-blocking");
        let ears = Ears {
            signals: None,
            line: Some(line),
            uevents: None,
        };
        (ears, other)
    }

    #[test]
    fn a_byte_on_the_line_is_a_pulse() {
        let (mut ears, mut serve) = ears();
        assert!(!ears.wait(Duration::ZERO).pulse);
        serve.write_all(b"....").expect("write");
        assert!(ears.wait(Duration::from_secs(5)).pulse);
        assert!(!ears.wait(Duration::ZERO).pulse, "each is heard once");
    }

    #[test]
    fn a_line_that_hung_up_is_not_waited_for_again() {
        let (mut ears, serve) = ears();
        drop(serve);
        assert!(!ears.wait(Duration::from_secs(5)).pulse);
        assert!(ears.line.is_none());
    }
}
