//! Keeps `serve` running: carries out what the [`Supervisor`] decides. One loop, which also pets
//! the watchdog.

use std::time::{Duration, Instant};

use super::children::{self, Ended};
use super::data::{self, State};
use super::ears::Ears;
use super::klog::Log;
use super::nodes;
use super::report::{self, Report};
use super::shutdown::{self, Order};
use super::supervisor::{Step, Supervisor};
use super::watchdog::Watchdog;
use crate::slot::line::{News, Wish};
use crate::slot::refusal::Refusal;

/// The longest that init waits without looking up.
const IDLE: Duration = Duration::from_secs(60);

struct Loop<'a> {
    log: &'a Log,
    boot: Instant,
    supervisor: Supervisor,
    ears: Ears,
    watchdog: Option<Watchdog>,
    report: Report,
    /// So that a silent `serve` is told once.
    well: bool,
    /// So that a `serve` that talks nonsense is told once.
    understood: bool,
    /// When the last run ended, for the log.
    ended: Option<Duration>,
}

/// Until somebody orders the end.
pub(super) fn supervise(
    log: &Log,
    ears: Ears,
    watchdog: Option<Watchdog>,
    report: Report,
) -> Order {
    let mut turns = Loop {
        log,
        boot: Instant::now(),
        supervisor: Supervisor::new(),
        ears,
        watchdog,
        report,
        well: true,
        understood: true,
        ended: None,
    };
    let mut order = Order::Reboot;
    while let Some(wait) = turns.act() {
        let wait = wait.min(turns.pet());
        let heard = turns.ears.wait(wait);
        if let Some(packet) = heard.packet {
            turns.take(&packet);
        }
        turns.reap();
        log.failures(
            heard
                .devices
                .iter()
                .filter_map(|device| nodes::give(device).err()),
        );
        for ordered in heard.signals.into_iter().filter_map(Order::from_signal) {
            match shutdown::accept(ordered) {
                Ok(accepted) => {
                    order = accepted;
                    turns.stop(order);
                }
                Err(reason) => log.fail(&reason),
            }
        }
    }
    order
}

impl Loop<'_> {
    fn now(&self) -> Duration {
        self.boot.elapsed()
    }

    /// Does what is to be done; says how long nothing is. `None`: it is over.
    fn act(&mut self) -> Option<Duration> {
        loop {
            let now = self.now();
            match self.supervisor.step(now) {
                Step::Start => self.start(now),
                Step::Kill(pid) => {
                    self.log.fail("serve does not answer: killing it");
                    children::kill(pid);
                }
                Step::Wait(until) => {
                    return Some(until.map_or(IDLE, |until| until.saturating_sub(now)));
                }
                Step::Done => return None,
            }
        }
    }

    fn start(&mut self, now: Duration) {
        match children::start_serve() {
            Ok((pid, line)) => {
                let after = self.ended.take().map_or_else(String::new, |ended| {
                    let gap = self.now().saturating_sub(ended);
                    format!(", {} ms after the last one ended", gap.as_millis())
                });
                self.log
                    .note(&format!("serve runs as process {pid}{after}"));
                self.supervisor.started(pid, now);
                self.ears.follow(line);
                self.understood = true;
            }
            Err(error) => {
                self.log.fail(&format!("start serve: {error}"));
                self.supervisor.failed(now);
            }
        }
    }

    /// What `serve` says.
    fn take(&mut self, packet: &[u8]) {
        match Wish::parse(packet) {
            Some(Wish::Pulse(_)) => {
                if self.supervisor.pulse(self.now()) {
                    self.log.note("serve answers");
                }
            }
            Some(_) => self.tell(&News::Refused(Refusal::NoCard)),
            None if self.understood => {
                self.understood = false;
                self.log
                    .fail("serve says something that nobody understands");
            }
            None => {}
        }
    }

    fn tell(&mut self, news: &News) {
        if !self.ears.say(&news.print()) {
            self.log.fail("serve does not listen: it misses news");
        }
    }

    fn stop(&mut self, order: Order) {
        self.log.note(order.sentence());
        if let Some(pid) = self.supervisor.stop(self.now()) {
            children::terminate(pid);
        }
    }

    /// Takes the end of every child: of `serve`, and of orphans that the kernel gave to init.
    fn reap(&mut self) {
        while let Some(ended) = children::reap_one() {
            let now = self.now();
            if self.supervisor.exited(ended.pid, now) {
                self.ended = Some(now);
                self.log.fail(&format!("serve ended: {}", ended.how));
                self.leave_data(&ended);
            }
        }
    }

    /// A `serve` that says that it cannot work with the data gets an empty folder instead: whoever
    /// reads the page learns why, and nothing on the card is lost.
    fn leave_data(&mut self, ended: &Ended) {
        if ended.code == Some(i32::from(super::DATA_UNUSABLE))
            && self.report.data.state != State::Memory
        {
            let reason = format!("the card's data cannot be used: {}", report::take_refusal());
            self.report.data = data::leave(reason, self.log);
            self.log.fail(&self.report.sentence());
            self.log.failures(self.report.write().err());
        }
    }

    /// Pets the watchdog if all is well; says when to look again.
    fn pet(&mut self) -> Duration {
        let now = self.now();
        let well = self.supervisor.is_well(now);
        if self.well && !well {
            self.log
                .fail("serve does not answer: the watchdog is left to bite");
        }
        self.well = well;
        match &mut self.watchdog {
            Some(watchdog) if well => watchdog.pet(now),
            _ => IDLE,
        }
    }
}
