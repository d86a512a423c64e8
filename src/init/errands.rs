//! Errands of `serve`: what init does itself, and the children of it that do the rest, one a kind at a time.
//!
//! [`supervise`](super::supervise) hands them over and tells of children that ended. A wish that comes while its kind is
//! busy waits, and replaces what waited: however much `serve` asks, there are four children at most.

use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime, clock_settime};

use super::children;
use super::klog::Log;
use super::nodes;
use super::supervisor::Pid;
use crate::slot::errand::{Errand, Kind};
use crate::slot::line::News;
use crate::sys::clock_slew;

/// A slow machine needs a second or two for a gadget.
const LIMIT: Duration = Duration::from_secs(20);
/// No correct clock is before the day of the sources.
const BUILT: &str = env!("FARSEAT_BUILT");
/// The year 2100.
const END: i64 = 4_102_444_800;

#[derive(Default)]
pub(super) struct Errands {
    address: Place,
    ipv6: Place,
    gadget: Place,
    wake: Place,
}

/// One kind of errand.
#[derive(Default)]
struct Place {
    /// The child, and when it has taken too long.
    runs: Option<(Pid, Duration)>,
    /// What it is to do next.
    waits: Option<Vec<u8>>,
}

/// Starts a child for a packet.
type Start<'a> = &'a mut dyn FnMut(&[u8]) -> Option<Pid>;

impl Errands {
    /// Does it, or lets it be done. What `serve` hears of it.
    pub(super) fn take(&mut self, errand: Errand<'_>, now: Duration, log: &Log) -> Option<News> {
        match errand {
            Errand::StepClock(us) => {
                log.failures(step_clock(us).err());
                return Some(News::Clock);
            }
            Errand::SlewClock(us) => {
                let slewed = clock_slew::slew(us as f64 / 1e6);
                log.failures(slewed.err().map(|error| format!("slew the clock: {error}")));
            }
            Errand::HostName(name) => {
                let named = rustix::system::sethostname(name.as_bytes());
                log.failures(named.err().map(|error| format!("set the name: {error}")));
            }
            Errand::Address { .. }
            | Errand::AllowIpv6 { .. }
            | Errand::Gadget(_)
            | Errand::ResetUsb
            | Errand::WakeTarget => {
                let start = &mut |packet: &[u8]| start(packet, log);
                if let Some(place) = self.place(errand.kind()) {
                    place.take(errand.print(), now, start);
                }
            }
        }
        None
    }

    /// A child ended. Says whether it was one of these.
    pub(super) fn exited(&mut self, ended: Pid, now: Duration, log: &Log) -> bool {
        let mut places = self.places().into_iter();
        let Some(place) = places.find(|place| place.runs.is_some_and(|(pid, _)| pid == ended))
        else {
            return false;
        };
        place.ended(now, &mut |packet| start(packet, log));
        // Its news of the gadget's nodes may not have come yet.
        log.failures(nodes::give_all());
        true
    }

    /// Kills what takes too long.
    pub(super) fn step(&mut self, now: Duration, log: &Log) {
        for place in self.places() {
            if let Some(pid) = place.overdue(now) {
                log.fail("an errand takes too long: killing it");
                children::kill(pid);
            }
        }
    }

    /// How long until something takes too long.
    pub(super) fn wait(&self, now: Duration) -> Option<Duration> {
        let places = [&self.address, &self.ipv6, &self.gadget, &self.wake];
        let limits = places.into_iter().filter_map(|place| place.runs);
        limits.map(|(_, limit)| limit.saturating_sub(now)).min()
    }

    /// What it still wanted is not wanted any more.
    pub(super) fn serve_ended(&mut self) {
        for place in self.places() {
            place.waits = None;
        }
    }

    /// None for what init does itself.
    fn place(&mut self, kind: Kind) -> Option<&mut Place> {
        match kind {
            Kind::Clock | Kind::HostName => None,
            Kind::Address => Some(&mut self.address),
            Kind::Ipv6 => Some(&mut self.ipv6),
            Kind::Gadget => Some(&mut self.gadget),
            Kind::Wake => Some(&mut self.wake),
        }
    }

    fn places(&mut self) -> [&mut Place; 4] {
        [
            &mut self.address,
            &mut self.ipv6,
            &mut self.gadget,
            &mut self.wake,
        ]
    }
}

impl Place {
    fn take(&mut self, packet: Vec<u8>, now: Duration, start: Start<'_>) {
        if self.runs.is_some() {
            self.waits = Some(packet);
        } else {
            self.runs = start(&packet).map(|pid| (pid, now + LIMIT));
        }
    }

    fn ended(&mut self, now: Duration, start: Start<'_>) {
        self.runs = None;
        if let Some(packet) = self.waits.take() {
            self.take(packet, now, start);
        }
    }

    /// Tells of each child once.
    fn overdue(&mut self, now: Duration) -> Option<Pid> {
        let (pid, limit) = self.runs.as_mut()?;
        (*limit <= now).then(|| {
            *limit = Duration::MAX;
            *pid
        })
    }
}

fn start(packet: &[u8], log: &Log) -> Option<Pid> {
    children::start_errand(packet)
        .inspect_err(|error| log.fail(&format!("start an errand: {error}")))
        .ok()
}

fn step_clock(us: i64) -> Result<(), String> {
    let now = clock_gettime(ClockId::Realtime);
    let built = BUILT.parse().unwrap_or(0);
    let then = stepped(now, us, built).ok_or("serve wants a time that cannot be")?;
    clock_settime(ClockId::Realtime, then).map_err(|error| format!("set the clock: {error}"))
}

/// `None` when that is before `built`, or in another century.
fn stepped(now: Timespec, us: i64, built: i64) -> Option<Timespec> {
    let nanoseconds = now
        .tv_nsec
        .checked_add(us.rem_euclid(1_000_000).checked_mul(1000)?)?;
    let seconds = now
        .tv_sec
        .checked_add(us.div_euclid(1_000_000))?
        .checked_add(nanoseconds.div_euclid(1_000_000_000))?;
    (built..END).contains(&seconds).then_some(Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds.rem_euclid(1_000_000_000),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(5);
    const BEFORE: i64 = 1_790_000_000;

    #[test]
    fn a_storm_of_wishes_is_one_child_and_the_latest_of_them() {
        let mut place = Place::default();
        let mut started = Vec::new();
        let mut start = |packet: &[u8]| {
            started.push(packet.to_vec());
            u32::try_from(started.len()).ok()
        };
        for wish in 0..100 {
            place.take(vec![wish], NOW, &mut start);
        }
        place.ended(NOW, &mut start);
        place.ended(NOW, &mut start);
        assert_eq!(started, [[0], [99]]);
        assert!(place.runs.is_none());
    }

    #[test]
    fn a_child_that_takes_too_long_is_killed_once() {
        let mut place = Place::default();
        place.take(vec![1], NOW, &mut |_| Some(7));
        assert_eq!(place.overdue(NOW + LIMIT / 2), None);
        assert_eq!(place.overdue(NOW + LIMIT), Some(7));
        assert_eq!(place.overdue(NOW + LIMIT * 2), None);
    }

    #[test]
    fn one_that_cannot_be_started_blocks_nobody() {
        let mut place = Place::default();
        place.take(vec![1], NOW, &mut |_| None);
        place.take(vec![2], NOW, &mut |_| Some(7));
        assert!(place.runs.is_some());
    }

    #[test]
    fn what_a_serve_wanted_goes_with_it() {
        let mut errands = Errands::default();
        errands.gadget.take(vec![1], NOW, &mut |_| Some(7));
        errands.gadget.take(vec![2], NOW, &mut |_| Some(8));
        errands.serve_ended();
        assert!(errands.exited(7, NOW, &Log::silent()));
        assert!(errands.gadget.runs.is_none());
        assert!(!errands.exited(7, NOW, &Log::silent()));
    }

    #[test]
    fn the_clock_stays_between_the_build_and_the_end_of_the_century() {
        let at = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
        let step = |now, us| stepped(now, us, BEFORE).map(|then| (then.tv_sec, then.tv_nsec));
        let now = at(BEFORE + 100, 600_000_000);
        assert_eq!(step(now, 1_500_000), Some((BEFORE + 102, 100_000_000)));
        assert_eq!(step(now, -1_500_000), Some((BEFORE + 99, 100_000_000)));
        assert_eq!(step(now, -101_000_000), None, "before the build");
        assert_eq!(step(at(0, 0), BEFORE * 1_000_000), Some((BEFORE, 0)));
        assert_eq!(step(at(END - 1, 0), 1_000_000), None, "too late");
        for us in [i64::MIN, i64::MAX] {
            assert_eq!(step(now, us), None, "{us}");
        }
    }
}
