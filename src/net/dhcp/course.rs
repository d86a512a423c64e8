//! The course of a lease. Pure: no socket, no clock; times are since the service's start.
//!
//! ```text
//!            offer               acknowledged            T1            T2          expired
//! Selecting ──────▶ Requesting ───────────────▶ Bound ──────▶ Renewing ──▶ Rebinding ──────▶ Selecting
//!     ▲  ▲              │ refused, no answer      ▲  acknowledged  │           │
//!     │  └──────────────┘                         ├────────────────┴───────────┘ refused: Selecting
//!     │ refused, no answer                        │ acknowledged
//!     └──────────────────────── Verifying ────────┘
//!                                   ▲ the link came back while a lease holds
//! ```
//!
//! A lease that nobody confirms after the link came back is used until it runs out, a server refuses it
//! or gives another one: whoever only pulls the cable and plugs it in again keeps the address, and whoever
//! carries the appliance to another network gets a new one.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::super::random::Random;
use super::message::{Conversation, Kind, Lease};
use crate::lan::HardwareAddress;

/// RFC 2131, 4.1: wait 4 s, then twice as long each time; begin sooner, because a switch that
/// has just come up loses the first question, and somebody waits for the page.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(32);
/// RFC 2131, 4.4.5: no more often than this while a lease holds.
const RENEW_RETRY: Duration = Duration::from_secs(60);
/// Questions about one offer, or about an old lease, before it is given up.
const REQUESTS: u32 = 4;

pub(in crate::net) struct Course {
    conversation: Conversation,
    held: Option<Held>,
    state: State,
    /// When to speak next.
    due: Duration,
    retry: Duration,
    random: Random,
}

/// `since` is when the request was sent that the server acknowledged: the lease counts from there.
struct Held {
    lease: Lease,
    since: Duration,
}

impl Held {
    fn ends(&self) -> Duration {
        self.since + self.lease.duration
    }
}

enum State {
    Selecting,
    Requesting {
        offer: Lease,
        asked: u32,
        /// When the last question was sent.
        sent: Duration,
    },
    Verifying {
        asked: u32,
        sent: Duration,
    },
    /// `asked` is when more time was last asked for.
    Bound {
        asked: Option<Duration>,
    },
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::net) enum Step {
    /// To this server, or to everybody.
    Send {
        message: Vec<u8>,
        to: Option<Ipv4Addr>,
    },
    /// Receive until then.
    Wait(Duration),
}

impl Course {
    pub(in crate::net) fn new(address: HardwareAddress, name: &str, seed: u64) -> Course {
        let conversation = Conversation {
            id: 0,
            hardware_address: address.0,
            host_name: name.to_owned(),
        };
        let mut course = Course {
            conversation,
            held: None,
            state: State::Selecting,
            due: Duration::ZERO,
            retry: FIRST_RETRY,
            random: Random::new(seed),
        };
        course.begin(Duration::ZERO);
        course
    }

    pub(in crate::net) fn lease(&self) -> Option<&Lease> {
        self.held.as_ref().map(|held| &held.lease)
    }

    /// When the lease runs out unless it is renewed.
    pub(in crate::net) fn lease_ends(&self) -> Option<Duration> {
        self.held.as_ref().map(Held::ends)
    }

    /// The link came back: is the lease still good here?
    pub(in crate::net) fn link_up(&mut self, now: Duration) {
        self.begin(now);
        if self.held.is_some() {
            self.state = State::Verifying {
                asked: 0,
                sent: now,
            };
        }
    }

    /// Another name: the server learns it with the next renewal, which is now.
    pub(in crate::net) fn rename(&mut self, name: &str, now: Duration) {
        if self.conversation.host_name == name {
            return;
        }
        name.clone_into(&mut self.conversation.host_name);
        if let State::Bound { .. } = self.state {
            self.due = now;
        }
    }

    pub(in crate::net) fn step(&mut self, now: Duration) -> Step {
        if self.held.as_ref().is_some_and(|held| now >= held.ends()) {
            self.held = None;
            if !matches!(self.state, State::Requesting { .. }) {
                self.begin(now);
            }
        }
        let ends = self.lease_ends().unwrap_or(Duration::MAX);
        if now < self.due {
            return Step::Wait(self.due.min(ends));
        }
        match &mut self.state {
            State::Selecting => {
                let message = self.conversation.discover();
                self.retry_later(now);
                Step::Send { message, to: None }
            }
            State::Requesting { asked, .. } | State::Verifying { asked, .. }
                if *asked == REQUESTS =>
            {
                self.begin(now);
                Step::Wait(now)
            }
            State::Requesting { offer, asked, sent } => {
                (*asked, *sent) = (*asked + 1, now);
                let message = self.conversation.request(offer);
                self.retry_later(now);
                Step::Send { message, to: None }
            }
            State::Verifying { .. } | State::Bound { .. } => self.ask_about_held(now),
        }
    }

    fn ask_about_held(&mut self, now: Duration) -> Step {
        let Some(Held { lease, since }) = &self.held else {
            self.begin(now);
            return Step::Wait(now);
        };
        match &mut self.state {
            State::Verifying { asked, sent } => {
                (*asked, *sent) = (*asked + 1, now);
                let message = self.conversation.verify(lease);
                self.retry_later(now);
                Step::Send { message, to: None }
            }
            State::Bound { asked } => {
                *asked = Some(now);
                let to = (now < *since + lease.rebind_after).then_some(lease.server);
                let message = self.conversation.renew(lease);
                self.due = (now + RENEW_RETRY).min(*since + lease.duration);
                Step::Send { message, to }
            }
            State::Selecting | State::Requesting { .. } => Step::Wait(now),
        }
    }

    /// An answer came in; anything that is none changes nothing.
    pub(in crate::net) fn received(&mut self, bytes: &[u8], now: Duration) {
        let Some((kind, lease)) = self.conversation.parse(bytes) else {
            return;
        };
        match (&self.state, kind, lease) {
            (State::Selecting, Kind::Offer, Some(offer)) => {
                self.state = State::Requesting {
                    offer,
                    asked: 0,
                    sent: now,
                };
                (self.due, self.retry) = (now, FIRST_RETRY);
            }
            (
                &State::Requesting {
                    sent, asked: 1.., ..
                },
                Kind::Acknowledge,
                Some(lease),
            ) => {
                self.bind(lease, sent);
            }
            // An answer to nothing that we asked must not prolong anything.
            (
                &(State::Verifying { sent, asked: 1.. } | State::Bound { asked: Some(sent) }),
                Kind::Acknowledge,
                Some(lease),
            ) if self.lease().map(|held| held.address) == Some(lease.address) => {
                self.bind(lease, sent);
            }
            (State::Requesting { .. }, Kind::Refuse, _) => self.begin_later(now),
            (State::Verifying { .. } | State::Bound { .. }, Kind::Refuse, _) => {
                self.held = None;
                self.begin_later(now);
            }
            _ => {}
        }
    }

    fn begin(&mut self, now: Duration) {
        self.conversation.id = u32::try_from(self.random.next() >> 32).unwrap_or(1);
        self.state = State::Selecting;
        (self.due, self.retry) = (now, FIRST_RETRY);
    }

    /// A server that offers and refuses in turn must not drive us round at full speed.
    fn begin_later(&mut self, now: Duration) {
        self.begin(now);
        self.due = now + FIRST_RETRY;
    }

    fn bind(&mut self, lease: Lease, since: Duration) {
        self.due = since + lease.renew_after;
        self.held = Some(Held { lease, since });
        self.state = State::Bound { asked: None };
    }

    /// Randomised by up to a quarter, so that a rack after a power cut does not ask in step.
    fn retry_later(&mut self, now: Duration) {
        self.due = now + self.retry + self.random.below(self.retry / 4);
        self.retry = (self.retry * 2).min(LAST_RETRY);
    }
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
