//! The slots of the card, for init: the [`Keeper`] with the card under it, and what its turns mean for the machine.
//!
//! Called once at boot and then by the one loop of [`supervise`](super::supervise). Blocks for no longer than one block
//! takes to be read or written. Where there is no card with slots every wish is refused.

mod disk;

use std::time::Duration;

use super::card::Card;
use super::data::State;
use super::firmware;
use super::klog::Log;
use super::report::Report;
use super::selector::{self, Marker};
use super::shutdown::{self, Order};
use crate::slot::keeper::{self, Facts, Keeper, Turn};
use crate::slot::keys;
use crate::slot::line::{News, Wish};
use crate::slot::refusal::Refusal;
use disk::Device;

pub(super) struct Slots {
    /// With the card that it keeps.
    kept: Option<(Keeper<Device>, Card)>,
    /// When the keeper wants its next turn, since init's start; `None`: when there is news.
    next: Option<Duration>,
}

/// What a turn came to.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// For `serve`.
    pub(super) news: Vec<News>,
    /// Accepted already: the machine ends.
    pub(super) order: Option<Order>,
}

impl Slots {
    pub(super) fn open(card: Option<Card>, report: &Report, log: &Log) -> Slots {
        let kept = card.and_then(|card| {
            let facts = Facts {
                running: report.booted.slot?,
                trial: report.booted.trial,
                board: firmware::board(),
            };
            let keeper = Device::open(&card.node())
                .and_then(|disk| Keeper::open(disk, facts, keys::trusted()));
            match keeper {
                Ok(keeper) => Some((keeper, card)),
                Err(error) => {
                    log.fail(&format!("keep the slots: {error}"));
                    None
                }
            }
        });
        let mut slots = Slots { kept, next: None };
        slots.data_is(report.data.state);
        slots
    }

    /// Reconciles what the firmware has started with what it should have. Before `serve` runs.
    pub(super) fn boot(&mut self, log: &Log) -> Option<Order> {
        self.turn(Duration::ZERO, log, Keeper::boot).order
    }

    /// What became of the data folder.
    pub(super) fn data_is(&mut self, state: State) {
        if let Some((keeper, _)) = &mut self.kept {
            keeper.data_is_well(state != State::Memory);
        }
    }

    /// Has the next start forget all data.
    pub(super) fn forget_data(&self) -> Result<(), String> {
        let (_, card) = self.kept.as_ref().ok_or("there is no card")?;
        selector::give(card, Marker::FactoryReset)
    }

    /// Nothing that `serve` said counts any more.
    pub(super) fn serve_ended(&mut self) {
        if let Some((keeper, _)) = &mut self.kept {
            keeper.serve_ended();
        }
    }

    /// Carries out what `serve` wishes.
    pub(super) fn take(&mut self, wish: Wish<'_>, now: Duration, log: &Log) -> Done {
        if self.kept.is_none() && !matches!(wish, Wish::Pulse(_)) {
            return Done {
                news: vec![News::Refused(Refusal::NoCard)],
                order: None,
            };
        }
        let done = self.turn(now, log, |keeper| keeper.take(wish));
        // A turn that was due does not wait longer because of it.
        self.next = self.next.map(|_| now);
        done
    }

    /// How long nothing has to be done; `None`: until there is news.
    pub(super) fn wait(&self, now: Duration) -> Option<Duration> {
        self.next.map(|next| next.saturating_sub(now))
    }

    /// A block's worth of work, when it is time for that.
    pub(super) fn step(&mut self, now: Duration, log: &Log) -> Done {
        if self.next.is_some_and(|next| next > now) {
            return Done::default();
        }
        self.turn(now, log, |keeper| keeper.step(now))
    }

    fn turn(
        &mut self,
        now: Duration,
        log: &Log,
        work: impl FnOnce(&mut Keeper<Device>) -> Turn,
    ) -> Done {
        let Some((keeper, card)) = &mut self.kept else {
            return Done::default();
        };
        let done = carry_out(work(keeper), keeper, card, log);
        self.next = if keeper.is_busy() {
            Some(now)
        } else {
            keeper.wake().map(|wait| now + wait)
        };
        done
    }
}

fn carry_out(turn: Turn, keeper: &mut Keeper<Device>, card: &Card, log: &Log) -> Done {
    turn.notes.iter().for_each(|note| log.note(note));
    if let Some(file) = turn.selector {
        let written = selector::write_autoboot(card, &file);
        keeper.selector_written(written.is_ok());
        log.failures(written.err());
    }
    let mut news = turn.news;
    let order = match turn.order {
        None => None,
        Some(keeper::Order::Reboot) => Some(Order::Reboot),
        Some(keeper::Order::Trial) => match shutdown::accept(Order::RebootOnTrial) {
            Ok(order) => Some(order),
            Err(reason) => {
                log.fail(&reason);
                let refused = keeper.refused_trial();
                refused.notes.iter().for_each(|note| log.note(note));
                news.extend(refused.news);
                None
            }
        },
    };
    Done { news, order }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::health::Checks;

    #[test]
    fn without_a_card_every_wish_is_refused_and_nothing_is_waited_for() {
        let mut slots = Slots {
            kept: None,
            next: None,
        };
        let log = Log::silent();
        assert_eq!(slots.boot(&log), None);
        for wish in [Wish::Ask, Wish::Begin, Wish::Trial] {
            let news = slots.take(wish, Duration::ZERO, &log).news;
            assert_eq!(news, [News::Refused(Refusal::NoCard)], "{wish:?}");
        }
        assert!(slots.forget_data().is_err());
        let pulse = Wish::Pulse(Checks::ALL);
        assert_eq!(slots.take(pulse, Duration::ZERO, &log).news, []);
        assert_eq!(slots.step(Duration::ZERO, &log).news, []);
        assert_eq!(slots.wait(Duration::ZERO), None);
    }
}
