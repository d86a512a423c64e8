//! The program that joins wireless networks for `serve` (wpa_supplicant): at most one, started when it is asked for and there is
//! a radio, ended with the `serve` that asked.
//!
//! `serve` cannot reach it by itself: the socket between the two is made here, and handed over.
//!
//! ```text
//! nothing ──take──▶ wanted ──step, no sooner than a second after the last start──▶ starts ──it listens──▶ runs
//!    ▲                ▲                                                               │ not in 15 s        │
//!    │                └──── exited, or wanted anew: ended ────────────────────────────┴────────────────────┘
//!    └── not wanted any more, serve_ended: ended
//! ```

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, chown};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use super::cgroup;
use super::children;
use super::klog::Log;
use super::links;
use super::supervisor::Pid;

/// However often `serve` asks.
const BETWEEN: Duration = Duration::from_secs(1);
/// Whether it listens is seen by calling it.
const CALL: Duration = Duration::from_millis(50);
/// It opens the radio first.
const START: Duration = Duration::from_secs(15);
/// It says goodbye to its network.
const GOODBYE: Duration = Duration::from_secs(2);
/// In it are its socket and ours; all that it sees of the files.
const FOLDER: &str = super::RADIO_FOLDER;

#[derive(Default)]
pub(super) struct Radio {
    runs: Option<Running>,
    wanted: bool,
    not_before: Duration,
}

struct Running {
    pid: Pid,
    link: String,
    /// None: `serve` has it.
    call: Option<Call>,
    /// It was told to end, and is killed then.
    ends: Option<Duration>,
}

/// A socket that does not lead anywhere yet.
struct Call {
    socket: UnixDatagram,
    next: Duration,
    give_up: Duration,
}

impl Radio {
    /// `serve` wants it, a new one if it has one; or does not any more.
    pub(super) fn take(&mut self, wanted: bool, now: Duration) {
        self.wanted = wanted;
        self.end(now);
    }

    /// It works for nobody any more.
    pub(super) fn serve_ended(&mut self, now: Duration) {
        self.take(false, now);
    }

    fn end(&mut self, now: Duration) {
        if let Some(runs) = self.runs.as_mut().filter(|runs| runs.ends.is_none()) {
            children::terminate(runs.pid);
            runs.ends = Some(now + GOODBYE);
        }
    }

    /// Does what is due: the socket to it, for `serve`, when it listens.
    pub(super) fn step(&mut self, now: Duration, log: &Log) -> Option<OwnedFd> {
        if self.runs.is_none() && self.wanted && now >= self.not_before {
            self.not_before = now + BETWEEN;
            self.runs = start(now, log)
                .inspect_err(|error| {
                    log.fail(&format!("start what joins wireless networks: {error}"))
                })
                .ok();
            // Without a radio it is not tried again by itself.
            self.wanted = self.runs.is_some();
        }
        let runs = self.runs.as_mut()?;
        if runs.ends.is_some_and(|until| until <= now) {
            children::kill(runs.pid);
            runs.ends = Some(Duration::MAX);
        }
        let call = runs.call.as_mut().filter(|call| call.next <= now)?;
        if call
            .socket
            .connect(Path::new(FOLDER).join(&runs.link))
            .is_ok()
        {
            return runs.call.take().map(|call| call.socket.into());
        }
        call.next = now + CALL;
        if call.give_up <= now {
            log.fail("what joins wireless networks does not listen: ending it");
            self.end(now);
        }
        None
    }

    /// How long until something is due.
    pub(super) fn wait(&self, now: Duration) -> Option<Duration> {
        let due = match &self.runs {
            None => self.wanted.then_some(self.not_before),
            Some(runs) => runs.ends.or(runs.call.as_ref().map(|call| call.next)),
        };
        due.map(|due| due.saturating_sub(now))
    }

    /// A child ended. Says whether it was this.
    pub(super) fn exited(&mut self, ended: Pid, how: &str, log: &Log) -> bool {
        let Some(runs) = self.runs.take_if(|runs| runs.pid == ended) else {
            return false;
        };
        if runs.ends.is_none() {
            log.fail(&format!("what joins wireless networks ended: {how}"));
        }
        true
    }
}

fn start(now: Duration, log: &Log) -> io::Result<Running> {
    let link = links::radio().ok_or_else(|| io::Error::other("this board has no Wi-Fi"))?;
    let socket = make_socket()?;
    let pid = children::start_radio(&link)?;
    log.failures(cgroup::RADIO.take_in(pid).err());
    let call = Call {
        socket,
        next: now + CALL,
        give_up: now + START,
    };
    Ok(Running {
        pid,
        link,
        call: Some(call),
        ends: None,
    })
}

/// In an empty folder, which is the program's: it makes its own socket there, and answers to ours.
fn make_socket() -> io::Result<UnixDatagram> {
    // Of the last one.
    match fs::remove_dir_all(FOLDER) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::DirBuilder::new().mode(0o700).create(FOLDER)?;
    let path = Path::new(FOLDER).join("serve");
    let socket = UnixDatagram::bind(&path)?;
    socket.set_nonblocking(true)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    for place in [&path, Path::new(FOLDER)] {
        chown(place, Some(super::RADIO), Some(super::RADIO))?;
    }
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(5);
    /// No process has this number, so none is ended.
    const PID: Pid = u32::MAX;

    fn running(call: Option<Call>) -> Radio {
        let runs = Running {
            pid: PID,
            link: "wlan0".to_owned(),
            call,
            ends: None,
        };
        Radio {
            runs: Some(runs),
            wanted: true,
            not_before: NOW,
        }
    }

    #[test]
    fn one_that_is_not_wanted_any_more_is_told_once_and_killed_when_it_stays() {
        let mut radio = running(None);
        radio.take(false, NOW);
        radio.take(false, NOW + GOODBYE / 2);
        assert_eq!(radio.wait(NOW), Some(GOODBYE));
        assert!(radio.step(NOW + GOODBYE, &Log::silent()).is_none());
        assert_eq!(
            radio.runs.as_ref().and_then(|runs| runs.ends),
            Some(Duration::MAX)
        );
        assert!(radio.exited(PID, "signal 9", &Log::silent()));
        assert!(!radio.exited(PID, "signal 9", &Log::silent()));
        assert_eq!(radio.wait(NOW), None);
    }

    #[test]
    fn one_that_ends_by_itself_is_started_anew_while_it_is_wanted() {
        let mut radio = running(None);
        assert!(radio.exited(PID, "exit code 1", &Log::silent()));
        assert_eq!(radio.wait(NOW), Some(Duration::ZERO));
        radio.serve_ended(NOW);
        assert_eq!(radio.wait(NOW), None, "what a serve wanted goes with it");
    }

    #[test]
    fn one_that_does_not_listen_is_called_again_and_ended_in_the_end() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let socket = UnixDatagram::bind(folder.path().join("serve")).expect("a socket");
        let call = Call {
            socket,
            next: NOW,
            give_up: NOW + START,
        };
        let mut radio = running(Some(call));
        assert!(radio.step(NOW, &Log::silent()).is_none());
        assert_eq!(radio.wait(NOW), Some(CALL));
        assert!(radio.step(NOW + START, &Log::silent()).is_none());
        assert!(radio.runs.is_some_and(|runs| runs.ends.is_some()));
    }
}
