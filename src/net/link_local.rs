//! An IPv4 address of one's own making (RFC 3927), for a network without a DHCP server: a notebook at the
//! other end of the cable. Pure: no socket, no clock; times are since the service's start.
//!
//! ```text
//!       start           3 probes, silence          2 announcements
//! Off ───────▶ Probing ──────────────────▶ Claimed ───────────────▶ Claimed, defending
//!  ▲              │ ▲                         │ somebody else has it, twice within 10 s
//!  └── stop ──────┘ └── conflict: another ────┘
//! ```

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::random::Random;
use crate::lan::HardwareAddress;

// RFC 3927, 9.
const PROBE_WAIT: Duration = Duration::from_secs(1);
const PROBES: u32 = 3;
const PROBE_MIN: Duration = Duration::from_secs(1);
const PROBE_SPREAD: Duration = Duration::from_secs(1);
const ANNOUNCE_WAIT: Duration = Duration::from_secs(2);
const ANNOUNCEMENTS: u32 = 2;
const ANNOUNCE_INTERVAL: Duration = Duration::from_secs(2);
const CONFLICTS: u32 = 10;
const RATE_LIMIT: Duration = Duration::from_secs(60);
const DEFEND: Duration = Duration::from_secs(10);
/// 169.254/16 without its first and last 256 addresses (RFC 3927, 2.1).
const CANDIDATES: RangeInclusive<u32> = 0xa9fe_0100..=0xa9fe_feff;

/// Bits of 169.254/16.
pub(super) const PREFIX: u8 = 16;

pub(super) struct LinkLocal {
    hardware: HardwareAddress,
    random: Random,
    conflicts: u32,
    state: State,
}

enum State {
    Off,
    Probing {
        candidate: Ipv4Addr,
        sent: u32,
        due: Duration,
    },
    Claimed {
        address: Ipv4Addr,
        announced: u32,
        /// When to announce next.
        due: Duration,
        defended: Option<Duration>,
    },
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Send([u8; 28]),
    /// Listen until then; `None` = until something happens.
    Wait(Option<Duration>),
}

impl LinkLocal {
    pub(super) fn new(hardware: HardwareAddress) -> LinkLocal {
        // Seeded with the hardware address: the same candidate after every start (RFC 3927, 2.1).
        let [a, b, c, d, e, f] = hardware.0;
        let mut random = Random::new(u64::from_be_bytes([a, b, c, d, e, f, b'l', b'l']));
        random.next();
        LinkLocal {
            hardware,
            random,
            conflicts: 0,
            state: State::Off,
        }
    }

    /// Looks for an address, if it does not already.
    pub(super) fn start(&mut self, now: Duration) {
        if matches!(self.state, State::Off) {
            let candidate = self.candidate();
            self.probe(candidate, now);
        }
    }

    /// The link came back: the address may be somebody else's here. Probes the same one anew.
    pub(super) fn link_up(&mut self, now: Duration) {
        match self.state {
            State::Off => {}
            State::Probing { candidate: a, .. } | State::Claimed { address: a, .. } => {
                self.probe(a, now);
            }
        }
    }

    pub(super) fn stop(&mut self) {
        self.state = State::Off;
        self.conflicts = 0;
    }

    /// The address, once it is ours.
    pub(super) fn claimed(&self) -> Option<Ipv4Addr> {
        match self.state {
            State::Claimed { address, .. } => Some(address),
            State::Off | State::Probing { .. } => None,
        }
    }

    pub(super) fn step(&mut self, now: Duration) -> Step {
        match &mut self.state {
            State::Off => Step::Wait(None),
            State::Probing { due, .. } | State::Claimed { due, .. } if now < *due => {
                Step::Wait(Some(*due))
            }
            State::Probing {
                candidate,
                sent: PROBES,
                ..
            } => {
                self.state = State::Claimed {
                    address: *candidate,
                    announced: 0,
                    due: now,
                    defended: None,
                };
                self.step(now)
            }
            State::Probing {
                candidate,
                sent,
                due,
            } => {
                *sent += 1;
                *due = now
                    + if *sent == PROBES {
                        ANNOUNCE_WAIT
                    } else {
                        PROBE_MIN + self.random.below(PROBE_SPREAD)
                    };
                Step::Send(question(self.hardware, Ipv4Addr::UNSPECIFIED, *candidate))
            }
            State::Claimed {
                announced: ANNOUNCEMENTS,
                ..
            } => Step::Wait(None),
            State::Claimed {
                address,
                announced,
                due,
                ..
            } => {
                (*announced, *due) = (*announced + 1, now + ANNOUNCE_INTERVAL);
                Step::Send(question(self.hardware, *address, *address))
            }
        }
    }

    /// Somebody spoke ARP.
    pub(super) fn received(&mut self, packet: &[u8; 28], now: Duration) {
        let Some(heard) = parse(packet).filter(|heard| heard.hardware != self.hardware) else {
            return;
        };
        match &mut self.state {
            // Somebody has it, or wants it as we do.
            State::Probing { candidate, .. }
                if heard.sender == *candidate
                    || (heard.sender.is_unspecified() && heard.wanted == *candidate) =>
            {
                self.another(now);
            }
            State::Claimed {
                address,
                announced,
                due,
                defended,
            } if heard.sender == *address => {
                if defended.is_some_and(|last| now < last + DEFEND) {
                    self.another(now);
                } else {
                    // Once: the other side is to give it up (RFC 3927, 2.5 b).
                    (*announced, *due) = (ANNOUNCEMENTS - 1, now);
                    *defended = Some(now);
                }
            }
            _ => {}
        }
    }

    fn another(&mut self, now: Duration) {
        self.conflicts += 1;
        let candidate = self.candidate();
        self.probe(candidate, now);
    }

    fn probe(&mut self, candidate: Ipv4Addr, now: Duration) {
        let wait = if self.conflicts > CONFLICTS {
            RATE_LIMIT
        } else {
            self.random.below(PROBE_WAIT)
        };
        self.state = State::Probing {
            candidate,
            sent: 0,
            due: now + wait,
        };
    }

    fn candidate(&mut self) -> Ipv4Addr {
        let count = u64::from(CANDIDATES.end() - CANDIDATES.start()) + 1;
        let pick = u32::try_from((self.random.next() >> 16) % count).unwrap_or(0);
        Ipv4Addr::from(CANDIDATES.start() + pick)
    }
}

// RFC 826: Ethernet, IPv4, their lengths, "who has".
const HEADER: [u8; 8] = [0, 1, 8, 0, 6, 4, 0, 1];
const SHAPE: usize = 6;

/// "Who has `wanted`? Tell `sender`": a probe when the sender is nobody, an announcement when both are
/// the same (RFC 3927, 1.1 and 2.4).
fn question(hardware: HardwareAddress, sender: Ipv4Addr, wanted: Ipv4Addr) -> [u8; 28] {
    let mut packet = [0; 28];
    packet[..8].copy_from_slice(&HEADER);
    packet[8..14].copy_from_slice(&hardware.0);
    packet[14..18].copy_from_slice(&sender.octets());
    packet[24..].copy_from_slice(&wanted.octets());
    packet
}

struct Heard {
    hardware: HardwareAddress,
    sender: Ipv4Addr,
    wanted: Ipv4Addr,
}

/// Questions and answers alike tell who has what.
fn parse(packet: &[u8; 28]) -> Option<Heard> {
    let four = |at: usize| -> Option<Ipv4Addr> {
        let octets: [u8; 4] = packet.get(at..at + 4)?.try_into().ok()?;
        Some(octets.into())
    };
    let hardware = packet.get(8..14)?.try_into().ok()?;
    (packet[..SHAPE] == HEADER[..SHAPE]).then_some(Heard {
        hardware: HardwareAddress(hardware),
        sender: four(14)?,
        wanted: four(24)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: HardwareAddress = HardwareAddress([0x52, 0x54, 0, 0x12, 0x34, 0x56]);
    const OTHER: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Runs until it has an address or the time is over; what it sent.
    fn run(machine: &mut LinkLocal, now: &mut Duration, until: Duration) -> Vec<[u8; 28]> {
        let mut sent = Vec::new();
        while *now < until {
            match machine.step(*now) {
                Step::Send(packet) => sent.push(packet),
                Step::Wait(Some(due)) => *now = due,
                Step::Wait(None) => break,
            }
        }
        sent
    }

    fn claimed() -> (LinkLocal, Duration, Ipv4Addr) {
        let (mut machine, mut now) = (LinkLocal::new(US), s(0));
        machine.start(now);
        run(&mut machine, &mut now, s(60));
        let address = machine.claimed().expect("an address");
        (machine, now, address)
    }

    #[test]
    fn three_probes_and_two_announcements_make_an_address() {
        let (mut machine, mut now) = (LinkLocal::new(US), s(0));
        machine.start(now);
        let sent = run(&mut machine, &mut now, s(60));
        let address = machine.claimed().expect("an address");
        assert!(now <= s(12), "{now:?}");
        assert!(address.is_link_local() && !matches!(address.octets()[2], 0 | 255));
        let probe = question(US, Ipv4Addr::UNSPECIFIED, address);
        let announcement = question(US, address, address);
        assert_eq!(sent, [probe, probe, probe, announcement, announcement]);
    }

    #[test]
    fn the_same_appliance_tries_the_same_address_first() {
        assert_eq!(claimed().2, claimed().2);
    }

    #[test]
    fn an_address_that_somebody_has_is_left_alone() {
        let mut machine = LinkLocal::new(US);
        machine.start(s(0));
        let State::Probing { candidate, .. } = machine.state else {
            panic!("probing")
        };
        machine.received(&question(OTHER, candidate, Ipv4Addr::LOCALHOST), s(0));
        run(&mut machine, &mut s(0), s(60));
        assert_ne!(machine.claimed(), Some(candidate));
        assert!(machine.claimed().is_some());
    }

    #[test]
    fn two_that_probe_for_the_same_address_both_step_aside() {
        let mut machine = LinkLocal::new(US);
        machine.start(s(0));
        let State::Probing { candidate, .. } = machine.state else {
            panic!("probing")
        };
        machine.received(&question(US, Ipv4Addr::UNSPECIFIED, candidate), s(0));
        assert!(
            matches!(machine.state, State::Probing { candidate: same, .. } if same == candidate),
            "our own probe, heard back"
        );
        machine.received(&question(OTHER, Ipv4Addr::UNSPECIFIED, candidate), s(0));
        assert!(
            matches!(machine.state, State::Probing { candidate: other, .. } if other != candidate)
        );
    }

    #[test]
    fn an_address_is_defended_once_and_then_given_up() {
        let (mut machine, now, address) = claimed();
        let theirs = question(OTHER, address, Ipv4Addr::LOCALHOST);
        machine.received(&theirs, now);
        assert_eq!(
            machine.step(now),
            Step::Send(question(US, address, address))
        );
        assert_eq!(machine.claimed(), Some(address));
        machine.received(&theirs, now + s(9));
        assert_eq!(machine.claimed(), None);
    }

    #[test]
    fn a_rare_conflict_does_not_cost_the_address() {
        let (mut machine, now, address) = claimed();
        let theirs = question(OTHER, address, Ipv4Addr::LOCALHOST);
        for minute in 1..10 {
            machine.received(&theirs, now + s(60 * minute));
            machine.step(now + s(60 * minute));
        }
        assert_eq!(machine.claimed(), Some(address));
    }

    #[test]
    fn on_a_network_that_takes_every_address_it_becomes_slow() {
        let mut machine = LinkLocal::new(US);
        machine.start(s(0));
        for _ in 0..=CONFLICTS {
            let State::Probing { candidate, .. } = machine.state else {
                panic!("probing")
            };
            machine.received(&question(OTHER, candidate, candidate), s(0));
        }
        assert_eq!(machine.step(s(0)), Step::Wait(Some(RATE_LIMIT)));
    }

    #[test]
    fn after_a_link_flap_the_same_address_is_probed_anew() {
        let (mut machine, mut now, address) = claimed();
        machine.link_up(now);
        assert_eq!(machine.claimed(), None);
        run(&mut machine, &mut now, s(120));
        assert_eq!(machine.claimed(), Some(address));
    }

    #[test]
    fn no_packet_makes_it_panic() {
        use proptest::prelude::*;
        proptest!(|(packet in any::<[u8; 28]>(), body in any::<[u8; 20]>())| {
            let (mut machine, now, _) = claimed();
            machine.received(&packet, now);
            let mut shaped = [0; 28];
            shaped[..8].copy_from_slice(&HEADER);
            shaped[8..].copy_from_slice(&body);
            machine.received(&shaped, now);
            machine.step(now);
        });
    }
}
