//! Keeps `serve` running: carries out what the [`Supervisor`] decides. One loop, which also pets
//! the watchdog and gives the keeper of the [`Slots`] its turns.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use super::cgroup;
use super::children::{self, Ended};
use super::data::{self, State};
use super::ears::Ears;
use super::envoy::{Envoy, Role};
use super::errands::Errands;
use super::klog::Log;
use super::knock::{Came, Knock};
use super::links;
use super::nodes;
use super::radio::Radio;
use super::report::{self, Report};
use super::shutdown::{self, Order};
use super::slots::{Done, Slots};
use super::supervisor::{Pid, Step, Supervisor};
use super::watchdog::Watchdog;
use crate::slot::health::{Check, Checks};
use crate::slot::line::{News, Wish};
use crate::sys::uevents::Uevent;

/// The longest that init waits without looking up.
const IDLE: Duration = Duration::from_secs(60);

struct Loop<'a> {
    log: &'a Log,
    boot: Instant,
    supervisor: Supervisor,
    ears: Ears,
    watchdog: Option<Watchdog>,
    report: Report,
    slots: Slots,
    errands: Errands,
    fetcher: Envoy,
    speaker: Envoy,
    radio: Radio,
    /// Whether there is one, as `serve` was told last.
    has_radio: Option<bool>,
    /// Where `serve` says that the page is, and a call there.
    page: Option<SocketAddr>,
    knock: Option<Knock>,
    /// How it will end.
    order: Order,
    /// A `serve` that was started before the data folder was there.
    early: Option<io::Result<(Pid, OwnedFd)>>,
    /// So that a silent `serve` is told once.
    well: bool,
    /// So that a `serve` that talks nonsense, or does not listen, is told once.
    understood: bool,
    listens: bool,
    /// So that a page that does not answer is told once.
    silent: bool,
    /// When the last run ended, for the log.
    ended: Option<Duration>,
}

/// Who was started before the data folder was there.
pub(super) struct Early {
    pub(super) serve: io::Result<(Pid, OwnedFd)>,
    pub(super) speaker: Envoy,
}

/// Until somebody orders the end. The data folder is there; `early` has been waiting for it.
pub(super) fn supervise(
    log: &Log,
    ears: Ears,
    watchdog: Option<Watchdog>,
    report: Report,
    slots: Slots,
    early: Early,
) -> Order {
    let mut turns = Loop {
        log,
        boot: Instant::now(),
        supervisor: Supervisor::new(),
        ears,
        watchdog,
        report,
        slots,
        errands: Errands::default(),
        fetcher: Envoy::new(Role::Fetch),
        speaker: early.speaker,
        radio: Radio::default(),
        has_radio: None,
        page: None,
        knock: None,
        order: Order::Reboot,
        early: Some(early.serve),
        well: true,
        understood: true,
        listens: true,
        silent: false,
        ended: None,
    };
    while let Some(wait) = turns.act() {
        turns.turn(wait);
    }
    turns.order
}

impl Loop<'_> {
    fn now(&self) -> Duration {
        self.boot.elapsed()
    }

    /// Waits for news, at most so long, and sees to them.
    fn turn(&mut self, wait: Duration) {
        let slots = self.slots.wait(self.now()).unwrap_or(IDLE);
        let errands = self.errands.wait(self.now()).unwrap_or(IDLE);
        let envoys = [&self.fetcher, &self.speaker].map(|envoy| envoy.wait(self.now()));
        let envoys = envoys.into_iter().flatten().min().unwrap_or(IDLE);
        let knock = self.knock.as_ref().map(|knock| knock.wait(self.now()));
        let wait = wait.min(self.pet()).min(slots).min(errands).min(envoys);
        let radio = self.radio.wait(self.now()).unwrap_or(IDLE);
        let wait = wait.min(radio).min(knock.unwrap_or(IDLE));
        let heard = self.ears.wait(wait, self.knock.as_ref().map(Knock::polled));
        if let Some(packet) = heard.packet {
            self.take(&packet);
        }
        let done = self.slots.step(self.now(), self.log);
        self.carry_out(done);
        self.errands.step(self.now(), self.log);
        self.see_who_answers();
        self.see_who_goes_out();
        self.see_to_the_radio();
        self.see_to(&heard.devices);
        self.reap();
        for ordered in heard.signals.into_iter().filter_map(Order::from_signal) {
            match shutdown::accept(ordered) {
                Ok(order) => self.stop(order),
                Err(reason) => self.log.fail(&reason),
            }
        }
    }

    /// Gives new nodes to who uses them, and raises new links.
    fn see_to(&mut self, devices: &[Uevent]) {
        for device in devices {
            self.log.failures(nodes::give(device).err());
            if device.subsystem == "net" {
                self.tell_of_the_radio();
            }
            if device.action == "add" && device.subsystem == "net" {
                self.log.failures(links::raise_all());
            }
        }
    }

    fn tell_of_the_radio(&mut self) {
        let there = links::radio().is_some();
        if self.has_radio.replace(there) != Some(there) {
            self.tell(&News::HasRadio(there));
        }
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
                    self.slots.serve_ended();
                    self.knock = None;
                }
                Step::Wait(until) => {
                    return Some(until.map_or(IDLE, |until| until.saturating_sub(now)));
                }
                Step::Done => return None,
            }
        }
    }

    fn start(&mut self, now: Duration) {
        let started = self.early.take().unwrap_or_else(children::start_serve);
        match started {
            Ok((pid, line)) => {
                self.log.failures(cgroup::SERVE.take_in(pid).err());
                let after = self.ended.take().map_or_else(String::new, |ended| {
                    let gap = self.now().saturating_sub(ended);
                    format!(", {} ms after the last one ended", gap.as_millis())
                });
                self.log
                    .note(&format!("serve runs as process {pid}{after}"));
                self.supervisor.started(pid, now);
                self.ears.follow(line);
                (self.understood, self.listens, self.silent) = (true, true, false);
                self.tell(&News::Data);
                self.has_radio = None;
                self.tell_of_the_radio();
            }
            Err(error) => {
                self.log.fail(&format!("start serve: {error}"));
                self.supervisor.failed(now);
            }
        }
    }

    /// What `serve` says.
    fn take(&mut self, packet: &[u8]) {
        let now = self.now();
        let Some(wish) = Wish::parse(packet) else {
            if std::mem::take(&mut self.understood) {
                self.log
                    .fail("serve says something that nobody understands");
            }
            return;
        };
        match wish {
            Wish::Pulse(well) => self.knock(well, now),
            Wish::Page(page) => self.page = Some(page),
            Wish::Fetcher => self.fetcher.take(),
            Wish::Speaker => self.speaker.take(),
            Wish::Radio(wanted) => self.radio.take(wanted, now),
            Wish::Errand(errand) => {
                let news = self.errands.take(errand, now, self.log);
                news.iter().for_each(|news| self.tell(news));
            }
            Wish::FactoryReset => self.factory_reset(),
            Wish::Power(power) => {
                self.log.note("asked for on the page, or by a program");
                self.stop(Order::from_wish(power));
            }
            wish => self.pass_on(wish, now),
        }
    }

    fn pass_on(&mut self, wish: Wish<'_>, now: Duration) {
        let done = self.slots.take(wish, now, self.log);
        self.carry_out(done);
    }

    /// The file on the card does the rest: as if its owner had put it there and pulled the plug.
    fn factory_reset(&mut self) {
        match self.slots.forget_data() {
            Ok(()) => {
                self.log.note("factory reset: asked for on the page");
                self.stop(Order::Reboot);
            }
            Err(reason) => self.log.fail(&format!("factory reset: {reason}")),
        }
    }

    /// Calls the page, unless a call is under way.
    fn knock(&mut self, well: Checks, now: Duration) {
        let Some(page) = self.page.filter(|_| self.knock.is_none()) else {
            return;
        };
        match Knock::begin(page, well, now) {
            Ok(knock) => self.knock = Some(knock),
            Err(error) => self.is_silent(&error.to_string()),
        }
    }

    /// What `serve` says of itself counts once its page has answered.
    fn see_who_answers(&mut self) {
        let now = self.now();
        let came = self
            .knock
            .as_mut()
            .map_or(Came::Nothing, |knock| knock.step(now));
        match came {
            Came::Nothing => return,
            Came::Failure(why) => self.is_silent(&why),
            Came::Answer(well) => {
                if self.supervisor.pulse(now) {
                    self.log.note("serve answers");
                }
                self.silent = false;
                self.pass_on(Wish::Pulse(well.with(Check::Answers)), now);
            }
        }
        self.knock = None;
    }

    fn is_silent(&mut self, why: &str) {
        if !std::mem::replace(&mut self.silent, true) {
            self.log.fail(&format!("the page does not answer: {why}"));
        }
    }

    /// Starts what fetches and what speaks, when it is time for that, and gives `serve` the line to it.
    fn see_who_goes_out(&mut self) {
        let now = self.now();
        for envoy in [&mut self.fetcher, &mut self.speaker] {
            let Some((news, line)) = envoy.step(now, self.log) else {
                continue;
            };
            if let Err(error) = self.ears.hand_over(&news.print(), &line) {
                self.log
                    .fail(&format!("give serve the line to who goes out: {error}"));
            }
        }
    }

    /// Starts what joins wireless networks, and gives `serve` the socket to it.
    fn see_to_the_radio(&mut self) {
        let listens = self.radio.step(self.now(), self.log);
        let given = listens.map(|socket| self.ears.hand_over(&News::Radio.print(), &socket));
        if let Some(Err(error)) = given {
            self.log
                .fail(&format!("give serve the socket to the radio: {error}"));
        }
    }

    fn carry_out(&mut self, done: Done) {
        for news in done.news {
            self.tell(&news);
        }
        if let Some(order) = done.order {
            self.stop(order);
        }
    }

    fn tell(&mut self, news: &News) {
        if !self.ears.say(&news.print()) && std::mem::take(&mut self.listens) {
            self.log.fail("serve does not listen: it misses news");
        }
    }

    /// The order was accepted.
    fn stop(&mut self, order: Order) {
        self.order = order;
        self.log.note(order.sentence());
        if let Some(pid) = self.supervisor.stop(self.now()) {
            children::terminate(pid);
        }
    }

    /// Takes the end of every child: of `serve`, and of orphans that the kernel gave to init.
    fn reap(&mut self) {
        while let Some(ended) = children::reap_one() {
            let now = self.now();
            if self.fetcher.exited(ended.pid) || self.speaker.exited(ended.pid) {
                if ended.code != Some(0) {
                    let how = format!("who goes out for serve ended: {}", ended.how);
                    self.log.note(&how);
                }
                continue;
            }
            if self.errands.exited(ended.pid, now, self.log)
                || self.radio.exited(ended.pid, &ended.how, self.log)
            {
                continue;
            }
            if self.supervisor.exited(ended.pid, now) {
                self.ended = Some(now);
                self.log.fail(&format!("serve ended: {}", ended.how));
                self.slots.serve_ended();
                self.errands.serve_ended();
                self.fetcher.serve_ended();
                self.speaker.serve_ended();
                self.radio.serve_ended(now);
                (self.page, self.knock) = (None, None);
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
            self.slots.data_is(self.report.data.state);
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
