//! The course of a lease. Pure: no socket, no clock; times are since the client's start.
//!
//! ```text
//!            offer               acknowledged            T1            T2          expired
//! Selecting ──────▶ Requesting ───────────────▶ Bound ──────▶ Renewing ──▶ Rebinding ──────▶ Selecting
//!     ▲                 │ refused, no answer      ▲  acknowledged  │           │
//!     └─────────────────┘                         └────────────────┴───────────┘ refused: Selecting
//! ```

use std::net::Ipv4Addr;
use std::time::Duration;

use super::message::{Conversation, Kind, Lease};

/// RFC 2131, 4.1: wait 4 s, then twice as long each time; begin sooner, because a switch that
/// has just come up loses the first question, and somebody waits for the page.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(32);
/// RFC 2131, 4.4.5: no more often than this while a lease holds.
const RENEW_RETRY: Duration = Duration::from_secs(60);
/// Questions about one offer before it is given up.
const REQUESTS: u32 = 4;

pub(super) struct Course {
    conversation: Conversation,
    state: State,
    /// When to speak next.
    due: Duration,
    retry: Duration,
    random: u64,
}

enum State {
    Selecting,
    Requesting {
        offer: Lease,
        asked: u32,
        /// When the last question was sent.
        sent: Duration,
    },
    /// `since` is when the request was sent that the server acknowledged: the lease counts from there.
    Bound {
        lease: Lease,
        since: Duration,
        asked: Option<Duration>,
    },
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To this server, or to everybody.
    Send {
        message: Vec<u8>,
        to: Option<Ipv4Addr>,
    },
    /// Receive until then.
    Wait(Duration),
}

impl Course {
    pub(super) fn new(hardware_address: [u8; 6], seed: u64) -> Course {
        let conversation = Conversation {
            id: 0,
            hardware_address,
        };
        let mut course = Course {
            conversation,
            state: State::Selecting,
            due: Duration::ZERO,
            retry: FIRST_RETRY,
            random: seed | 1,
        };
        course.begin(Duration::ZERO);
        course
    }

    pub(super) fn lease(&self) -> Option<&Lease> {
        match &self.state {
            State::Bound { lease, .. } => Some(lease),
            State::Selecting | State::Requesting { .. } => None,
        }
    }

    pub(super) fn step(&mut self, now: Duration) -> Step {
        if now < self.due {
            return Step::Wait(self.due);
        }
        match &mut self.state {
            State::Selecting => {
                let message = self.conversation.discover();
                self.retry_later(now);
                Step::Send { message, to: None }
            }
            State::Requesting { asked, .. } if *asked == REQUESTS => {
                self.begin(now);
                Step::Wait(now)
            }
            State::Requesting { offer, asked, sent } => {
                *asked += 1;
                *sent = now;
                let message = self.conversation.request(offer);
                self.retry_later(now);
                Step::Send { message, to: None }
            }
            State::Bound { lease, since, .. } if now >= *since + lease.duration => {
                self.begin(now);
                Step::Wait(now)
            }
            State::Bound {
                lease,
                since,
                asked,
            } => {
                *asked = Some(now);
                let to = (now < *since + lease.rebind_after).then_some(lease.server);
                self.due = (now + RENEW_RETRY).min(*since + lease.duration);
                Step::Send {
                    message: self.conversation.renew(lease),
                    to,
                }
            }
        }
    }

    /// An answer came in; anything that is none changes nothing.
    pub(super) fn received(&mut self, bytes: &[u8], now: Duration) {
        let Some((kind, lease)) = self.conversation.parse(bytes) else {
            return;
        };
        match (&mut self.state, kind, lease) {
            (State::Selecting, Kind::Offer, Some(offer)) => {
                self.state = State::Requesting {
                    offer,
                    asked: 0,
                    sent: now,
                };
                (self.due, self.retry) = (now, FIRST_RETRY);
            }
            (State::Requesting { sent, .. }, Kind::Acknowledge, Some(lease)) => {
                let sent = *sent;
                self.bind(lease, sent);
            }
            // An answer to nothing that we asked must not prolong anything.
            (
                State::Bound {
                    lease: held,
                    asked: Some(sent),
                    ..
                },
                Kind::Acknowledge,
                Some(lease),
            ) if lease.address == held.address => {
                let sent = *sent;
                self.bind(lease, sent);
            }
            (State::Requesting { .. } | State::Bound { .. }, Kind::Refuse, _) => {
                self.begin(now);
                // A server that offers and refuses in turn must not drive us round at full speed.
                self.due = now + FIRST_RETRY;
            }
            _ => {}
        }
    }

    fn begin(&mut self, now: Duration) {
        self.conversation.id = u32::try_from(self.next_random() >> 32).unwrap_or(1);
        self.state = State::Selecting;
        (self.due, self.retry) = (now, FIRST_RETRY);
    }

    fn bind(&mut self, lease: Lease, sent: Duration) {
        self.due = sent + lease.renew_after;
        self.state = State::Bound {
            lease,
            since: sent,
            asked: None,
        };
    }

    /// Randomised by up to a quarter, so that a rack after a power cut does not ask in step.
    fn retry_later(&mut self, now: Duration) {
        let quarter = self.retry.as_millis() as u64 / 4;
        let jitter = self.next_random() % quarter.max(1);
        self.due = now + self.retry + Duration::from_millis(jitter);
        self.retry = (self.retry * 2).min(LAST_RETRY);
    }

    /// Xorshift: spreads retries and names conversations; keeps no secret.
    fn next_random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::{US, answer};
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn course() -> Course {
        Course::new(US.hardware_address, 7)
    }

    fn is_send(step: &Step) -> bool {
        matches!(step, Step::Send { .. })
    }

    /// A course that was given a lease of one hour at this time.
    fn bound(at: Duration) -> Course {
        let mut course = course();
        assert!(is_send(&course.step(at)));
        course.received(&answer(&course.conversation, 2, &[]), at);
        assert!(is_send(&course.step(at)), "the offer is taken");
        course.received(&answer(&course.conversation, 5, &[]), at);
        assert!(course.lease().is_some());
        course
    }

    #[test]
    fn two_questions_and_two_answers_make_a_lease() {
        let mut course = bound(s(1));
        assert_eq!(
            course.lease().map(|lease| lease.address),
            Some(Ipv4Addr::new(10, 0, 2, 15))
        );
        assert_eq!(course.step(s(2)), Step::Wait(s(1801)));
    }

    #[test]
    fn without_an_answer_it_asks_again_and_less_often() {
        let mut course = course();
        let mut now = s(0);
        let mut waits = Vec::new();
        for _ in 0..12 {
            assert!(is_send(&course.step(now)));
            let Step::Wait(until) = course.step(now) else {
                panic!("one question at a time")
            };
            waits.push((until - now).as_millis());
            now = until;
        }
        assert!(waits[0] >= 1000 && waits[0] < 1300, "{waits:?}");
        assert!(waits[11] >= 32_000 && waits[11] < 40_000, "{waits:?}");
    }

    #[test]
    fn a_lease_is_renewed_at_its_server_and_then_anywhere() {
        let mut course = bound(s(0));
        let server = Some(Ipv4Addr::new(10, 0, 2, 2));
        assert!(matches!(course.step(s(1800)), Step::Send { to, .. } if to == server));
        assert_eq!(course.step(s(1800)), Step::Wait(s(1860)));
        assert!(matches!(course.step(s(3200)), Step::Send { to: None, .. }));
        course.received(&answer(&course.conversation, 5, &[]), s(3201));
        assert_eq!(course.step(s(3201)), Step::Wait(s(3200 + 1800)));
    }

    #[test]
    fn a_lease_that_ran_out_is_given_up() {
        let mut course = bound(s(0));
        course.step(s(3600));
        assert_eq!(course.lease(), None);
        assert!(is_send(&course.step(s(3600))), "it asks anew at once");
    }

    #[test]
    fn a_refusal_ends_the_lease_but_not_in_a_tight_loop() {
        let mut course = bound(s(0));
        course.received(&answer(&course.conversation, 6, &[]), s(10));
        assert_eq!(course.lease(), None);
        assert_eq!(course.step(s(10)), Step::Wait(s(11)));
    }

    #[test]
    fn an_acknowledgement_that_nobody_asked_for_prolongs_nothing() {
        let mut course = bound(s(0));
        course.received(&answer(&course.conversation, 5, &[]), s(900));
        assert_eq!(course.step(s(900)), Step::Wait(s(1800)));
    }

    #[test]
    fn an_offer_that_is_never_acknowledged_is_given_up() {
        let mut course = course();
        course.step(s(0));
        course.received(&answer(&course.conversation, 2, &[]), s(0));
        let first = course.conversation.id;
        for minute in 0..=u64::from(REQUESTS) {
            course.step(s(60 * minute));
        }
        assert_ne!(course.conversation.id, first, "a new conversation");
    }

    #[test]
    fn an_answer_to_an_old_conversation_is_ignored() {
        let mut course = course();
        course.step(s(0));
        course.received(&answer(&US, 2, &[]), s(0));
        assert!(matches!(course.state, State::Selecting));
    }
}
