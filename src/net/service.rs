//! The one task that owns the network: pumps the pure machines, moves what they say to the cable and what
//! comes up from it back, publishes the status.

use std::net::{IpAddr, SocketAddrV4};
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::confirm::{Confirm, PATIENCE, Wish};
use super::machine::{Act, Machine, Step};
use super::status::Status;
use super::time::{self, Answers, Keeper, Latest};
use super::wake::{self, Sent, WakeError};
use super::{ChangeError, Shown};
use crate::lan::{Clock, Correction, Interface, NetworkCable, News, Packet};
use crate::settings::{self, NotPending, Settings, SettingsError, Store};

/// What a face asks for, and where the answer goes.
pub(super) enum Command {
    Change(Box<Wish>, oneshot::Sender<Result<Duration, ChangeError>>),
    Confirm(oneshot::Sender<Result<(), ConfirmError>>),
    Revert(oneshot::Sender<Result<(), NotPending>>),
    /// Whether the radio gives a network of our own.
    Gives(bool),
    Wake(
        Box<settings::Machine>,
        oneshot::Sender<Result<Sent, WakeError>>,
    ),
}

/// Why a trial was not made permanent.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    #[error(transparent)]
    NotPending(#[from] NotPending),
    /// The trial is over; what the file says is in force again.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// A round of questions to time servers, under way.
type Asking = Pin<Box<dyn Future<Output = Answers> + Send>>;

pub(super) struct Service {
    machine: Machine,
    confirm: Confirm,
    interface: Box<dyn Interface>,
    news: mpsc::Receiver<News>,
    clock: Box<dyn Clock>,
    keeper: Keeper,
    latest: Option<Latest>,
    asking: Option<Asking>,
    store: Store,
    start: Instant,
    status: watch::Sender<Status>,
    shown: watch::Sender<Shown>,
}

impl Service {
    pub(super) fn new(
        cable: NetworkCable,
        store: Store,
        (machine, keeper, latest): (Machine, Keeper, Option<Latest>),
        (status, shown): (watch::Sender<Status>, watch::Sender<Shown>),
    ) -> Service {
        Service {
            machine,
            confirm: Confirm::default(),
            interface: cable.interface,
            news: cable.news,
            clock: cable.clock,
            keeper,
            latest,
            asking: None,
            store,
            start: Instant::now(),
            status,
            shown,
        }
    }

    /// Runs until nobody holds a handle.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut stored = self.store.watch();
        loop {
            let until = self.settle();
            self.publish();
            tokio::select! {
                heard = self.news.recv() => match heard {
                    Some(heard) => self.machine.hear(heard, self.now()),
                    None => return log::error!("the network's edge is gone"),
                },
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                Ok(()) = stored.changed() => self.take_wish(&stored.borrow_and_update().clone()),
                answers = answered(&mut self.asking) => self.take_time(&answers),
                () = tokio::time::sleep_until(self.start + until.unwrap_or(LONG)) => {}
            }
        }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Does everything that is due; when something will be due again.
    fn settle(&mut self) -> Option<Duration> {
        if self.confirm.expire(self.now()) {
            log::warn!("nobody confirmed the network's change: undone");
            self.take_wish(&self.store.current());
        }
        let until = loop {
            match self.machine.step(self.now()) {
                Step::Act(act) => self.act(act),
                Step::Wait(until) => break until,
            }
        };
        let ask_again = self.keep_time();
        let due = [until, ask_again, self.confirm.until()];
        due.into_iter().flatten().min()
    }

    /// Begins a round of questions when one is due; when the next will be.
    fn keep_time(&mut self) -> Option<Duration> {
        let now = self.now();
        let view = self.machine.view();
        let mut servers: Vec<String> = Vec::new();
        // The network's own servers are near; a user who wants none gets none.
        if !view.servers.is_empty() {
            servers.extend(view.time_servers.iter().map(ToString::to_string));
            servers.extend(view.servers.iter().cloned());
        }
        let reachable = view.addresses.iter().any(|cidr| is_routed(cidr.address));
        self.keeper.consider(servers, view.plan.dns, reachable, now);
        match self.keeper.step(now) {
            time::Step::Wait(until) => until,
            time::Step::Ask { servers, dns } => {
                let asked = servers.into_iter().map(|server| {
                    let answer = self.clock.ask(&server, &dns);
                    async move { (server, answer.await) }
                });
                let round = futures_util::future::join_all(asked);
                self.asking = Some(Box::pin(round));
                None
            }
        }
    }

    fn take_time(&mut self, answers: &Answers) {
        self.asking = None;
        for (server, answer) in answers {
            if let Err(why) = answer {
                log::debug!("time server {server}: {why}");
            }
        }
        let now = self.now();
        let correction = self
            .keeper
            .heard(answers, since_1970(self.clock.now()), now);
        if let Some(correction) = correction {
            self.correct(correction);
        }
        if self.keeper.status().synchronized
            && let Some(latest) = &mut self.latest
        {
            latest.remember(since_1970(self.clock.now()));
        }
    }

    fn correct(&mut self, correction: Correction) {
        if let Correction::Step(seconds) = correction {
            log::info!("the clock was {seconds:+.3} s off");
        }
        if let Err(error) = self.clock.correct(correction) {
            log::warn!("put the clock right: {error}");
        }
    }

    /// The clock of a machine without a battery starts in 1970, or when it was last switched off; one that
    /// nobody set may be anywhere.
    pub(super) fn put_clock_to_its_floor(&mut self) {
        let Some(latest) = &self.latest else { return };
        if let Some(correction) = latest.correction(since_1970(self.clock.now())) {
            self.correct(correction);
            self.keeper.jumped();
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Configure(wanted) => {
                let shown = wanted
                    .address
                    .map(|(address, prefix)| format!("{address}/{prefix}"));
                log::info!("address: {}", shown.as_deref().unwrap_or("none"));
                self.interface.configure(&wanted);
            }
            Act::AllowIpv6(allowed) => self.interface.allow_ipv6(allowed),
            Act::Send(packet) => self.interface.send(&packet),
            Act::SetHostName(name) => self.interface.set_host_name(&name),
            Act::Announce(announcement) => self.interface.announce(announcement.as_ref()),
        }
    }

    /// Puts what is on trial in force, otherwise what is stored.
    fn take_wish(&mut self, stored: &Settings) {
        let wish = self
            .confirm
            .wish()
            .cloned()
            .unwrap_or_else(|| Wish::of(stored));
        let now = self.now();
        self.machine.wish(wish, now);
    }

    /// Whoever gets an answer sees its effect in what is published. A caller that is gone needs none.
    async fn obey(&mut self, command: Command) {
        match command {
            Command::Change(wish, answer) => {
                let changed = self.change(*wish);
                self.publish();
                let _ = answer.send(changed);
            }
            Command::Confirm(answer) => {
                let done = self.make_permanent().await;
                self.publish();
                let _ = answer.send(done);
            }
            Command::Revert(answer) => {
                let ended = self.take_back();
                self.publish();
                let _ = answer.send(ended);
            }
            Command::Gives(own) => {
                let now = self.now();
                self.machine.gives(own, now);
            }
            Command::Wake(machine, answer) => {
                let _ = answer.send(self.wake(&machine));
            }
        }
    }

    fn wake(&mut self, machine: &settings::Machine) -> Result<Sent, WakeError> {
        let view = self.machine.view();
        if !view.link.is_some_and(|link| link.carrier) {
            return Err(WakeError::NoLink);
        }
        let everybody = || wake::everybody(view.addresses);
        let place = machine.broadcast.unwrap_or_else(everybody);
        let to = SocketAddrV4::new(place, machine.port.get());
        let machine = machine.mac;
        self.interface.send(&Packet::Wake { machine, to });
        Ok(Sent(to))
    }

    fn take_back(&mut self) -> Result<(), NotPending> {
        self.confirm.end().ok_or(NotPending)?;
        log::info!("the network's change was taken back");
        self.take_wish(&self.store.current());
        Ok(())
    }

    fn change(&mut self, wish: Wish) -> Result<Duration, ChangeError> {
        let mut next = self.store.current();
        wish.clone().put_into(&mut next);
        next.check()?;
        if !self.confirm.begin(wish, self.now() + PATIENCE) {
            return Err(ChangeError::Pending);
        }
        log::info!("the network is changed on trial");
        self.take_wish(&next);
        Ok(PATIENCE)
    }

    /// Writes what is on trial. When that fails the trial is over all the same: a change that a restart
    /// would undo is not to look permanent.
    async fn make_permanent(&mut self) -> Result<(), ConfirmError> {
        let wish = self.confirm.end().ok_or(NotPending)?;
        let store = self.store.clone();
        let written =
            tokio::task::spawn_blocking(move || store.change(|settings| wish.put_into(settings)));
        let written = written.await.unwrap_or_else(|lost| {
            log::error!("write the network's change: {lost}");
            Ok(())
        });
        self.take_wish(&self.store.current());
        written?;
        log::info!("the network's change is permanent");
        Ok(())
    }

    fn publish(&self) {
        let view = self.machine.view();
        let stored = Wish::of(&self.store.current());
        let mut names = vec![view.name.to_owned()];
        for other in view.label.into_iter().chain([stored.name.as_str()]) {
            if names.iter().all(|name| name != other) {
                names.push(other.to_owned());
            }
        }
        let status = Status {
            link: view.link.cloned(),
            addresses: view.addresses.to_vec(),
            router: view.plan.addressing.router,
            dns: view.plan.dns,
            source: view.plan.source,
            lease_ends: view.lease_ends.map(|at| self.start + at),
            label: view.label.map(str::to_owned),
            names,
            time: self.keeper.status(),
        };
        let shown = Shown {
            wish: self.confirm.wish().cloned().unwrap_or(stored),
            confirm_until: self.confirm.until().map(|at| self.start + at),
        };
        replace(&self.status, status);
        replace(&self.shown, shown);
    }
}

/// The answers of the round that is under way, if one is.
async fn answered(asking: &mut Option<Asking>) -> Answers {
    match asking {
        Some(round) => round.await,
        None => std::future::pending().await,
    }
}

/// Whether an address leads beyond its own cable.
fn is_routed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_link_local(),
        IpAddr::V6(address) => !address.is_unicast_link_local(),
    }
}

/// A clock before 1970 shows 1970.
fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

/// Nothing is due: far away, but a time that can be added to.
const LONG: Duration = Duration::from_secs(86_400);

/// Wakes the receivers only when something is different.
fn replace<T: PartialEq>(sender: &watch::Sender<T>, value: T) {
    sender.send_if_modified(|old| {
        let changed = *old != value;
        *old = value;
        changed
    });
}
