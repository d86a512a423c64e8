//! Init's own call to the page, the proof that it answers: called, said goodbye to, and waited for until the other side
//! has ended the call too. Listening socket, runtime and the way into TLS all had their turn then.
//!
//! `serve` itself cannot call anybody. What comes over the call is thrown away unread, and nothing is sent.
//!
//! ```text
//! Calling ──connected──▶ Waiting ──it hangs up──▶ answered
//!    └──refused──▶ failed   └──talks, or is silent too long──▶ failed
//! ```

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, Shutdown, SocketFlags, SocketType, bind, connect, recv, shutdown,
    socket_with, sockopt,
};

use crate::slot::health::Checks;

/// Less than what may pass between two proofs.
const PATIENCE: Duration = Duration::from_secs(4);
/// More than TLS says to who has said nothing.
const MOST_WORDS: usize = 1024;

/// A call under way.
pub(super) struct Knock {
    socket: OwnedFd,
    connected: bool,
    words: usize,
    until: Duration,
    /// What `serve` says of itself, once it is known that it answers.
    well: Checks,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    Nothing,
    Answer(Checks),
    Failure(String),
}

impl Knock {
    /// Calls one of this machine's own addresses; of no other machine's can the call come from.
    pub(super) fn begin(page: SocketAddr, well: Checks, now: Duration) -> io::Result<Knock> {
        let family = match page {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(family, SocketType::STREAM, flags, None)?;
        let mut own = page;
        own.set_port(0);
        bind(&socket, &own)?;
        match connect(&socket, &page) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Knock {
            socket,
            connected: false,
            words: 0,
            until: now + PATIENCE,
            well,
        })
    }

    /// To be waited for.
    pub(super) fn polled(&self) -> PollFd<'_> {
        let wanted = if self.connected {
            PollFlags::IN
        } else {
            PollFlags::OUT
        };
        PollFd::new(&self.socket, wanted)
    }

    /// How long until it has taken too long.
    pub(super) fn wait(&self, now: Duration) -> Duration {
        self.until.saturating_sub(now)
    }

    /// What has come of it by now.
    pub(super) fn step(&mut self, now: Duration) -> Came {
        match self.go_on() {
            Err(error) => Came::Failure(io::Error::from(error).to_string()),
            Ok(true) => Came::Answer(self.well),
            Ok(false) if self.words > MOST_WORDS => Came::Failure("it talks on".to_owned()),
            Ok(false) if self.until <= now => Came::Failure("not in time".to_owned()),
            Ok(false) => Came::Nothing,
        }
    }

    /// Whether it has ended as it should.
    fn go_on(&mut self) -> Result<bool, Errno> {
        if !self.connected {
            let mut out = [PollFd::new(&self.socket, PollFlags::OUT)];
            if poll(&mut out, Some(&super::ears::timespec(Duration::ZERO)))? == 0 {
                return Ok(false);
            }
            sockopt::socket_error(&self.socket)??;
            self.connected = true;
            shutdown(&self.socket, Shutdown::Write)?;
        }
        let mut words = [0; 256];
        match recv(&self.socket, &mut words[..], RecvFlags::empty()) {
            Ok((0, _)) => Ok(true),
            Ok((length, _)) => {
                self.words += length;
                Ok(false)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    const NOW: Duration = Duration::from_secs(7);
    const LONG: Duration = Duration::from_secs(30);

    fn called() -> (Knock, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
        let page = listener.local_addr().expect("bound");
        let knock = Knock::begin(page, Checks::ALL, NOW).expect("called");
        (knock, listener)
    }

    /// Waits for news of the call, as init's loop does.
    fn next(knock: &mut Knock) -> Came {
        let mut polled = [knock.polled()];
        poll(&mut polled, Some(&super::super::ears::timespec(LONG))).expect("polled");
        knock.step(NOW)
    }

    #[test]
    fn a_call_that_nobody_takes_is_no_proof_and_one_that_is_ended_is() {
        let (mut knock, listener) = called();
        // The kernel finishes the handshake by itself: connecting alone would prove nothing.
        assert_eq!(next(&mut knock), Came::Nothing);
        assert_eq!(knock.step(NOW), Came::Nothing);
        drop(listener.accept().expect("the call"));
        assert_eq!(next(&mut knock), Came::Answer(Checks::ALL));
    }

    #[test]
    fn who_takes_the_call_and_is_silent_has_not_answered_in_time() {
        let (mut knock, listener) = called();
        let _taken = listener.accept().expect("the call");
        assert_eq!(next(&mut knock), Came::Nothing);
        assert!(knock.wait(NOW) <= PATIENCE);
        let late = knock.step(NOW + PATIENCE);
        assert_eq!(late, Came::Failure("not in time".to_owned()));
    }

    #[test]
    fn who_talks_on_and_on_does_not_keep_init_busy() {
        let (mut knock, listener) = called();
        let (mut taken, _) = listener.accept().expect("the call");
        taken.write_all(&[7; 4000]).expect("said");
        let came = (0..40).map(|_| next(&mut knock));
        let end = came.into_iter().find(|came| *came != Came::Nothing);
        assert_eq!(end, Some(Came::Failure("it talks on".to_owned())));
    }

    #[test]
    fn where_nobody_listens_there_is_no_proof() {
        let (_, listener) = called();
        let page = listener.local_addr().expect("bound");
        drop(listener);
        let came = Knock::begin(page, Checks::ALL, NOW).map(|mut knock| next(&mut knock));
        assert!(!matches!(came, Ok(Came::Nothing | Came::Answer(_))));
    }

    #[test]
    fn another_machine_is_not_called() {
        let page = "192.0.2.7:443".parse().expect("an address");
        let refused = Knock::begin(page, Checks::ALL, NOW).err();
        let kind = refused.expect("refused").kind();
        assert_eq!(kind, io::ErrorKind::AddrNotAvailable);
    }
}
