//! The system's clock, and questions to time servers: SNTP (RFC 4330) by `sntpc`. Where this process may call nobody,
//! another one asks.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::time::{ClockId, Timespec};
use sntpc::{NtpContext, NtpTimestampGenerator, NtpUdpSocket};
use tokio::net::UdpSocket;

use super::question::Question;
use crate::device::errand::Ask;
use crate::device::names;
use crate::lan::{Asking, Clock, Correction, NoTime, Sample};
use crate::slot::errand::Errand;
use crate::sys::clock_slew;

const PORT: u16 = 123;
/// For each server's answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Addresses of one name that are tried.
const ADDRESSES: usize = 2;

/// Has somebody else ask a time server.
pub type AskTime = Arc<dyn Fn(Question) -> Asking + Send + Sync>;

/// The clock of a process that has all privileges, or of one that has none: init puts it right, and another process asks.
pub(super) struct SystemClock(pub(super) Option<(Ask, AskTime)>);

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn correct(&mut self, correction: Correction) -> io::Result<()> {
        if let Some((ask, _)) = &self.0 {
            ask(&match correction {
                Correction::Slew(seconds) => {
                    Errand::SlewClock(microseconds(seconds.clamp(-0.5, 0.5)))
                }
                Correction::Step(seconds) => Errand::StepClock(microseconds(seconds)),
            });
            return Ok(());
        }
        match correction {
            Correction::Slew(seconds) => clock_slew::slew(seconds),
            Correction::Step(seconds) => {
                let now = rustix::time::clock_gettime(ClockId::Realtime);
                Ok(rustix::time::clock_settime(
                    ClockId::Realtime,
                    stepped(now, seconds),
                )?)
            }
        }
    }

    fn ask(&self, server: &str, dns: &[IpAddr]) -> Asking {
        let question = Question::new(server, dns);
        match &self.0 {
            Some((_, by_another)) => by_another(question),
            None => Box::pin(async move { ask(&question).await }),
        }
    }
}

/// Asks a time server. Must be called inside a tokio runtime.
///
/// # Errors
/// It gave no time.
pub async fn ask(question: &Question) -> Result<Sample, NoTime> {
    let mut last = NoTime::NoAddress;
    let found = names::look_up(question.server(), question.dns()).await;
    for address in found.into_iter().take(ADDRESSES) {
        match ask_at(SocketAddr::new(address, PORT)).await {
            Ok(sample) => return Ok(sample),
            Err(why) => last = why,
        }
    }
    Err(last)
}

/// The cast saturates, and is nothing for what is no number.
fn microseconds(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}

fn stepped(now: Timespec, seconds: f64) -> Timespec {
    let whole = seconds.floor();
    let nanoseconds = now.tv_nsec + ((seconds - whole) * 1e9) as i64;
    Timespec {
        // The cast saturates; a clock beyond the kernel's range is refused by it.
        tv_sec: now
            .tv_sec
            .saturating_add(whole as i64)
            .saturating_add(nanoseconds / 1_000_000_000),
        tv_nsec: nanoseconds % 1_000_000_000,
    }
}

async fn ask_at(server: SocketAddr) -> Result<Sample, NoTime> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await;
    let socket = Socket(socket.map_err(|_| NoTime::Silent)?);
    // The kernel then takes nobody else's answer.
    let connected = socket.0.connect(server).await;
    connected.map_err(|_| NoTime::Silent)?;
    let asked = sntpc::get_time(server, &socket, NtpContext::new(Stamp::default()));
    let told = tokio::time::timeout(PATIENCE, asked).await;
    let result = told
        .map_err(|_| NoTime::Silent)?
        .map_err(|error| match error {
            sntpc::Error::Network => NoTime::Silent,
            sntpc::Error::KissOfDeath(_) => NoTime::Refused,
            _ => NoTime::Nonsense,
        })?;
    Ok(Sample {
        offset: result.offset() as f64 / 1e6,
        round_trip: Duration::from_micros(result.roundtrip()),
    })
}

/// The time of a message. Before 1970 is 1970.
#[derive(Debug, Clone, Copy, Default)]
struct Stamp(Duration);

impl NtpTimestampGenerator for Stamp {
    fn init(&mut self) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.0 = now.unwrap_or_default();
    }

    fn timestamp_sec(&self) -> u64 {
        self.0.as_secs()
    }

    fn timestamp_subsec_micros(&self) -> u32 {
        self.0.subsec_micros()
    }
}

struct Socket(UdpSocket);

impl NtpUdpSocket for Socket {
    async fn send_to(&self, bytes: &[u8], to: SocketAddr) -> sntpc::Result<usize> {
        let sent = self.0.send_to(bytes, to).await;
        sent.map_err(|_| sntpc::Error::Network)
    }

    async fn recv_from(&self, bytes: &mut [u8]) -> sntpc::Result<(usize, SocketAddr)> {
        let received = self.0.recv_from(bytes).await;
        received.map_err(|_| sntpc::Error::Network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_goes_both_ways_and_keeps_its_fractions() {
        let at = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
        let step = |now, seconds| {
            let then = stepped(now, seconds);
            (then.tv_sec, then.tv_nsec)
        };
        assert_eq!(step(at(100, 0), 1.5), (101, 500_000_000));
        assert_eq!(step(at(100, 0), -1.5), (98, 500_000_000));
        assert_eq!(step(at(100, 600_000_000), 0.5), (101, 100_000_000));
        assert_eq!(step(at(0, 0), 1.8e9), (1_800_000_000, 0));
    }
}
