//! What is done without being asked for: the daily look at the channel, an install in the owner's window, a bundle that
//! lies on the card.
//!
//! By the monotonic clock, with times that differ from appliance to appliance: a thousand of them must not ask at once.
//! By itself it installs only when the owner has allowed it, inside the window, while the time is known; what has failed
//! here once is not tried again.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::address::Address;
use super::channel::Look;
use super::error::UpdateError;
use super::file::{OnCard, waiting};
use super::service::{Answer, Service};
use super::status::{Latest, Origin, Status};
use super::{Channel, Order};
use crate::settings::{Every, UpdateSettings};

/// Whether something is due is asked this often.
const TICK: Duration = Duration::from_secs(60);
/// After the start, when everything else has begun.
const FIRST_LOOK: Duration = Duration::from_secs(5 * 60);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// After one that has failed.
const AGAIN: Duration = Duration::from_secs(3600);
/// Added to each of them, at most.
const JITTER: Duration = Duration::from_secs(30 * 60);
/// One attempt a night, whatever comes of it.
const BETWEEN_INSTALLS: Duration = Duration::from_secs(20 * 3600);
/// For the log: nobody has asked.
const NOBODY: &str = "-";

type Looking = Pin<Box<dyn Future<Output = Result<Latest, UpdateError>> + Send>>;

/// What is due, and what is under way.
pub(super) struct Maintenance {
    /// The next tick.
    pub(super) next: Instant,
    pub(super) looking: Option<Looking>,
    asked: Vec<Answer<()>>,
    look_at: Instant,
    seed: u64,
    installed_at: Option<Instant>,
    /// The card's own bundle is looked for once.
    card_seen: bool,
}

impl Maintenance {
    pub(super) fn new(seed: u64) -> Maintenance {
        let now = Instant::now();
        let mut maintenance = Maintenance {
            // The first one is for the card.
            next: now + Duration::from_secs(1),
            looking: None,
            asked: Vec::new(),
            look_at: now,
            seed,
            installed_at: None,
            card_seen: false,
        };
        maintenance.look_after(FIRST_LOOK);
        maintenance
    }

    fn look_after(&mut self, wait: Duration) {
        // xorshift: enough to be different.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        let jitter = Duration::from_secs(self.seed % JITTER.as_secs());
        self.look_at = Instant::now() + wait + jitter;
    }

    fn may_install(&self) -> bool {
        self.installed_at
            .is_none_or(|at| at.elapsed() >= BETWEEN_INSTALLS)
    }
}

impl Service {
    /// Once a minute.
    pub(super) async fn maintain(&mut self) {
        self.maintenance.next = Instant::now() + TICK;
        let settings = self.place.settings.current().update;
        self.look_at_card().await;
        let wanted = settings.check == Every::Daily && !settings.channel.is_empty();
        if wanted && self.maintenance.look_at <= Instant::now() {
            self.look(None);
        }
        let now = (self.place.clock)();
        let may = self.maintenance.may_install();
        if may && is_time(&settings, &self.status.borrow(), now) {
            self.maintenance.installed_at = Some(Instant::now());
            let begun = self.install_latest(order());
            if let Err(error) = begun {
                log::warn!("update: the newest release is not installed: {error}");
            }
        }
    }

    /// Asks the channel, for who waits for it or for nobody.
    pub(super) fn look(&mut self, answer: Option<Answer<()>>) {
        let channel = self.place.settings.current().update.channel;
        let floor = match &self.status.borrow().slots {
            Ok(slots) => slots.state.floor,
            Err(_) => 0,
        };
        self.maintenance.asked.extend(answer);
        if self.maintenance.looking.is_some() {
            return;
        }
        let look = Look {
            fetch: self.place.fetch.clone(),
            keys: self.place.keys.clone(),
            hardware: self.place.hardware.clone(),
            data: self.place.data.clone(),
            floor,
        };
        self.maintenance.looking = Some(Box::pin(async move {
            if channel.is_empty() {
                return Err(UpdateError::NoChannel);
            }
            look.at(Address::parse(&channel)?).await
        }));
    }

    /// Publishes what the channel has, or why nobody knows.
    pub(super) fn take_look(&mut self, look: Result<Latest, UpdateError>) {
        self.maintenance.looking = None;
        self.maintenance
            .look_after(if look.is_ok() { DAY } else { AGAIN });
        if let Err(error) = &look {
            log::warn!("update: the release channel: {error}");
        }
        let checked = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.status.send_modify(|status| {
            status.channel = Channel {
                checked: checked.ok().map(|now| now.as_secs()),
                error: look.as_ref().err().cloned(),
                // A look that failed does not make what is known untrue.
                latest: look.as_ref().ok().cloned().or(status.channel.latest.take()),
            };
        });
        for answer in self.maintenance.asked.drain(..) {
            // Who is gone needs no answer.
            let _ = answer.send(look.as_ref().map(drop).map_err(Clone::clone));
        }
    }

    pub(super) fn install_latest(&mut self, order: Order) -> Result<u32, UpdateError> {
        if self.place.settings.current().update.channel.is_empty() {
            return Err(UpdateError::NoChannel);
        }
        let latest = self.status.borrow().channel.latest.clone();
        let latest = latest.ok_or(UpdateError::NothingForUs)?;
        self.fetch(Origin::Channel, latest.url, order)
    }

    /// A bundle on the card is installed once: what a slot has, or has had and failed, is not looked at again.
    async fn look_at_card(&mut self) {
        let state = match &self.status.borrow().slots {
            Ok(slots) if !slots.trial && slots.running == slots.state.primary => {
                slots.state.clone()
            }
            _ => return,
        };
        let Some(folder) = self.place.card.clone() else {
            return;
        };
        if self.maintenance.card_seen || self.must_be_free().is_err() {
            return;
        }
        self.maintenance.card_seen = true;
        let found = tokio::task::spawn_blocking(move || waiting(&folder, &state));
        if let Ok(Some(path)) = found.await {
            log::info!("update: installing {} from the card", path.display());
            self.begin(Origin::Card, order(), OnCard::new(path));
        }
    }
}

/// Whether the owner has allowed an install now, and there is something to install.
fn is_time(settings: &UpdateSettings, status: &Status, now: Option<SystemTime>) -> bool {
    let now = now.and_then(|now| now.duration_since(SystemTime::UNIX_EPOCH).ok());
    let latest = status.channel.latest.as_ref();
    settings.auto
        && latest.is_some_and(|latest| status.is_newer(latest) && !status.has_failed(latest))
        && now.is_some_and(|now| settings.window.has(now.as_secs()))
}

fn order() -> Order {
    Order {
        user: NOBODY.to_owned(),
        restart: true,
    }
}

/// What the channel says, when it is being asked.
pub(super) async fn looked(looking: &mut Option<Looking>) -> Result<Latest, UpdateError> {
    match looking {
        Some(look) => look.await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Unavailable, status};
    use super::*;
    use crate::slot::Slot;
    use crate::slot::line::Slots;
    use crate::slot::state::{Image, State, Verdict};

    fn known(version: &str, created: u64) -> Status {
        let mut known = status(Unavailable::NotHeard);
        known.slots = Ok(Slots {
            running: Slot::A,
            trial: false,
            state: State::new("1.0.0", Image::default(), 1, 100),
        });
        known.channel.latest = Some(Latest {
            version: version.to_owned(),
            notes: String::new(),
            created,
            rollback_index: 1,
            size: 1,
            url: Address::parse("https://e.org/x").expect("an address"),
        });
        known
    }

    fn at(hour: u64) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(20_000 * 86_400 + hour * 3600))
    }

    #[test]
    fn by_itself_only_what_is_newer_in_the_window_when_allowed_and_the_time_is_known() {
        let mut settings = UpdateSettings::default();
        let newer = known("1.0.1", 101);
        assert!(!is_time(&settings, &newer, at(3)), "off by default");
        settings.auto = true;
        assert!(is_time(&settings, &newer, at(3)));
        assert!(!is_time(&settings, &newer, at(12)), "outside the window");
        assert!(!is_time(&settings, &newer, None), "nobody knows the time");
        assert!(
            !is_time(&settings, &known("1.0.0", 100), at(3)),
            "it runs already"
        );
        assert!(!is_time(&settings, &known("0.9.0", 99), at(3)), "older");
        assert!(!is_time(&settings, &status(Unavailable::Lost), at(3)));
    }

    #[test]
    fn what_has_failed_here_is_not_tried_again() {
        let settings = UpdateSettings {
            auto: true,
            ..UpdateSettings::default()
        };
        let mut failed = known("1.0.0", 101);
        let Ok(slots) = &mut failed.slots else {
            panic!("slots")
        };
        slots.state = State::new("1.0.0", Image::default(), 1, 101);
        slots.state.condemn(Slot::B, Verdict::Died);
        slots.state.rot(Slot::B);
        slots.running = Slot::A;
        let latest = failed.channel.latest.clone().expect("known");
        assert!(failed.has_failed(&latest) && !is_time(&settings, &failed, at(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn looks_are_a_day_apart_and_differ_from_appliance_to_appliance() {
        let mut times = Vec::new();
        for seed in 1..20 {
            let mut maintenance = Maintenance::new(seed);
            maintenance.look_after(DAY);
            let wait = maintenance.look_at - Instant::now();
            assert!(wait >= DAY && wait <= DAY + JITTER, "{wait:?}");
            times.push(wait);
        }
        times.sort_unstable();
        times.dedup();
        assert!(times.len() > 10, "{times:?}");
    }
}
