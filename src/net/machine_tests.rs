use std::net::Ipv4Addr;

use super::super::dhcp::{HARDWARE, answer};
use super::super::status::Source;
use super::*;
use crate::lan::HardwareAddress;
use crate::settings::{Settings, StaticAddress};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const LEASED: (Ipv4Addr, u8) = (Ipv4Addr::new(10, 0, 2, 15), 24);

/// A machine on a drawn network: every DHCP question is answered while `server` says so.
struct Case {
    machine: Machine,
    now: Duration,
    server: bool,
    acts: Vec<Act>,
}

impl Case {
    fn with(edit: impl FnOnce(&mut Settings)) -> Case {
        let mut settings = Settings::default();
        edit(&mut settings);
        Case {
            machine: Machine::new(Wish::of(&settings), 443, 7),
            now: s(0),
            server: true,
            acts: Vec::new(),
        }
    }

    fn dhcp() -> Case {
        let mut case = Case::with(|_| ());
        case.carrier(true);
        case
    }

    fn carrier(&mut self, carrier: bool) {
        self.link("eth0", carrier);
    }

    fn link(&mut self, name: &str, carrier: bool) {
        let link = Link {
            index: 2,
            name: name.to_owned(),
            hardware_address: HardwareAddress(HARDWARE),
            carrier,
            wireless: name.starts_with('w'),
        };
        self.machine.hear(News::Link(Some(link)), self.now);
        self.settle();
    }

    fn wish(&mut self, edit: impl FnOnce(&mut Wish)) {
        let mut wish = self.machine.wish.clone();
        edit(&mut wish);
        self.machine.wish(wish, self.now);
        self.settle();
    }

    /// Does everything that is due now; when it wants to go on.
    fn settle(&mut self) -> Option<Duration> {
        for _ in 0..100 {
            match self.machine.step(self.now) {
                Step::Wait(Some(at)) if at <= self.now => {}
                Step::Wait(until) => return until,
                Step::Act(act) => {
                    self.play(&act);
                    self.acts.push(act);
                }
            }
        }
        panic!("it does not come to rest: {:?}", self.acts);
    }

    /// The edge and the network.
    fn play(&mut self, act: &Act) {
        let news = match act {
            Act::Configure(wanted) => {
                let cidr = |(address, prefix): (Ipv4Addr, u8)| Cidr {
                    address: address.into(),
                    prefix,
                };
                News::Addresses(wanted.address.into_iter().map(cidr).collect())
            }
            Act::Send(Packet::Dhcp { message, .. }) if self.server => {
                let kind = if message.windows(3).any(|part| part == [53, 1, 1]) {
                    2
                } else {
                    5
                };
                let message = answer(message, kind, &[]);
                News::Received(Packet::Dhcp {
                    message,
                    server: None,
                })
            }
            Act::Announce(Some(announcement)) => News::Announced(announcement.name.clone()),
            _ => return,
        };
        self.machine.hear(news, self.now);
    }

    /// Lets time pass.
    fn until(&mut self, end: Duration) {
        while let Some(at) = self.settle().filter(|at| *at < end) {
            self.now = at;
        }
        self.now = end;
        self.settle();
    }

    fn source(&self) -> Source {
        self.machine.view().plan.source
    }

    /// What the link has, as far as the edge was told.
    fn address(&self) -> Option<(Ipv4Addr, u8)> {
        let told = self.acts.iter().rev().find_map(|act| match act {
            Act::Configure(addressing) => Some(addressing.address),
            _ => None,
        });
        told.flatten()
    }

    fn count(&self, which: impl Fn(&Act) -> bool) -> usize {
        self.acts.iter().filter(|act| which(act)).count()
    }
}

fn is_configure(act: &Act) -> bool {
    matches!(act, Act::Configure(_))
}

#[test]
fn a_cable_and_a_server_make_an_address_at_once() {
    let case = Case::dhcp();
    assert_eq!(
        (case.source(), case.address()),
        (Source::Dhcp, Some(LEASED))
    );
    let view = case.machine.view();
    assert_eq!(view.plan.addressing.router, Some([10, 0, 2, 2].into()));
    assert_eq!(view.plan.dns.len(), 2);
    assert_eq!(view.lease_ends, Some(s(3600)));
    assert_eq!(view.label, Some("farseat"), "announced");
}

#[test]
fn without_a_server_it_finds_an_address_of_its_own_after_ten_seconds() {
    let mut case = Case::with(|_| ());
    case.server = false;
    case.carrier(true);
    case.until(s(9));
    assert_eq!(case.source(), Source::None);
    assert_eq!(case.count(is_configure), 0, "what was there is left alone");
    case.until(s(20));
    assert_eq!(case.source(), Source::LinkLocal);
    let (address, prefix) = case.address().expect("an address");
    assert!(address.is_link_local() && prefix == 16);
}

#[test]
fn the_link_local_address_goes_when_a_lease_comes() {
    let mut case = Case::with(|_| ());
    case.server = false;
    case.carrier(true);
    case.until(s(20));
    case.server = true;
    case.until(s(90));
    assert_eq!(
        (case.source(), case.address()),
        (Source::Dhcp, Some(LEASED))
    );
}

#[test]
fn a_lease_that_runs_out_gives_way_to_link_local() {
    let mut case = Case::dhcp();
    case.server = false;
    case.until(s(3599));
    assert_eq!(case.source(), Source::Dhcp);
    case.until(s(3605));
    assert_eq!((case.source(), case.address()), (Source::None, None));
    case.until(s(3630));
    assert_eq!(case.source(), Source::LinkLocal);
}

#[test]
fn a_hundred_flaps_end_where_they_began() {
    let mut case = Case::dhcp();
    for flap in 0..100 {
        case.now += s(1);
        case.carrier(false);
        assert_eq!(case.machine.view().label, None, "nobody can hear it");
        case.now += s(1);
        case.carrier(true);
        assert_eq!(case.source(), Source::Dhcp, "flap {flap}");
        assert_eq!(case.machine.view().label, Some("farseat"));
    }
    assert_eq!(case.count(is_configure), 1, "the address stayed");
}

#[test]
fn nothing_is_said_while_the_cable_is_out() {
    let mut case = Case::dhcp();
    case.carrier(false);
    case.acts.clear();
    case.until(s(3000));
    assert_eq!(case.acts, []);
}

#[test]
fn a_static_address_needs_no_server_and_no_carrier() {
    let mut case = Case::with(|settings| {
        settings.network.method = Method::Static;
        settings.network.address = StaticAddress::parse("192.0.2.7/24");
        settings.network.router = Some([192, 0, 2, 1].into());
        settings.network.dns = vec![[192, 0, 2, 53].into()];
    });
    case.server = false;
    case.carrier(false);
    assert_eq!(case.source(), Source::Static);
    assert_eq!(case.address(), Some(([192, 0, 2, 7].into(), 24)));
    assert_eq!(
        case.machine.view().plan.dns,
        [IpAddr::from([192, 0, 2, 53])]
    );
    assert_eq!(case.count(|act| matches!(act, Act::Send(_))), 0);
}

#[test]
fn back_from_a_static_address_the_old_lease_is_asked_for() {
    let mut case = Case::dhcp();
    case.wish(|wish| {
        wish.network.method = Method::Static;
        wish.network.address = StaticAddress::parse("10.0.2.50/24");
    });
    assert_eq!(case.address(), Some(([10, 0, 2, 50].into(), 24)));
    assert_eq!(case.machine.view().lease_ends, None);
    case.wish(|wish| wish.network.method = Method::Dhcp);
    assert_eq!(
        (case.source(), case.address()),
        (Source::Dhcp, Some(LEASED))
    );
}

#[test]
fn a_new_name_reaches_the_kernel_the_server_and_the_neighbours() {
    let mut case = Case::dhcp();
    case.acts.clear();
    case.wish(|wish| wish.name = "attic".to_owned());
    assert_eq!(case.acts[0], Act::SetHostName("attic".to_owned()));
    let tells_server = |act: &Act| match act {
        Act::Send(Packet::Dhcp { message, .. }) => {
            message.windows(7).any(|part| part == b"\x0c\x05attic")
        }
        _ => false,
    };
    assert_eq!(case.count(tells_server), 1);
    let announces = |act: &Act| matches!(act, Act::Announce(Some(announcement)) if announcement.name == "attic");
    assert_eq!(case.count(announces), 1);
    assert_eq!(case.machine.view().label, Some("attic"));
}

#[test]
fn a_name_that_somebody_has_is_reported_as_it_became() {
    let mut case = Case::dhcp();
    case.machine
        .hear(News::Announced("farseat-2".to_owned()), case.now);
    assert_eq!(case.machine.view().label, Some("farseat-2"));
    assert_eq!(case.machine.view().name, "farseat");
}

#[test]
fn ipv6_is_switched_when_the_settings_say_so() {
    let mut case = Case::dhcp();
    case.wish(|wish| wish.network.ipv6 = false);
    let told: Vec<_> = case
        .acts
        .iter()
        .filter(|act| matches!(act, Act::AllowIpv6(_)))
        .collect();
    assert_eq!(told, [&Act::AllowIpv6(true), &Act::AllowIpv6(false)]);
}

#[test]
fn another_link_starts_afresh() {
    let mut case = Case::dhcp();
    case.machine.hear(News::Link(None), case.now);
    case.settle();
    assert_eq!(case.source(), Source::None);
    case.acts.clear();
    case.carrier(true);
    assert_eq!(case.address(), Some(LEASED));
}

#[test]
fn a_static_address_is_the_wires_own_and_a_radio_asks_for_one() {
    let mut case = Case::with(|settings| {
        settings.network.method = Method::Static;
        settings.network.address = StaticAddress::parse("192.0.2.7/24");
    });
    case.carrier(true);
    assert_eq!(case.machine.view().plan.source, Source::Static);
    let link = Link {
        index: 3,
        name: "wlan0".to_owned(),
        hardware_address: HardwareAddress(HARDWARE),
        carrier: true,
        wireless: true,
    };
    case.machine.hear(News::Link(Some(link)), case.now);
    case.settle();
    let plan = case.machine.view().plan;
    assert_eq!(
        (plan.source, plan.addressing.address),
        (Source::Dhcp, Some(LEASED))
    );
    case.carrier(true);
    assert_eq!(case.machine.view().plan.source, Source::Static);
}

#[test]
fn on_our_own_network_we_have_its_address_and_give_others() {
    let mut case = Case::with(|_| ());
    case.link("wlan0", true);
    case.machine.gives(true, case.now);
    case.settle();
    let own = (crate::lan::OWN_ADDRESS, 24);
    assert_eq!(case.machine.view().plan.addressing.address, Some(own));
    assert_eq!(case.machine.view().plan.source, Source::Own);
    assert_eq!(case.machine.view().plan.addressing.router, None);
    let mut guest = Course::new(HardwareAddress([2; 6]), "guest", 9);
    guest.link_up(case.now);
    let dhcp::Step::Send { message, .. } = guest.step(case.now) else {
        panic!("it asks")
    };
    case.acts.clear();
    case.machine
        .hear(News::Received(Packet::Lease(message.clone())), case.now);
    case.settle();
    assert!(
        matches!(&case.acts[..], [Act::Send(Packet::Lease(_))]),
        "{:?}",
        case.acts
    );
    // On a wire somebody else gives them.
    case.carrier(true);
    case.acts.clear();
    case.machine
        .hear(News::Received(Packet::Lease(message)), case.now);
    case.settle();
    assert!(
        !case
            .acts
            .iter()
            .any(|act| matches!(act, Act::Send(Packet::Lease(_))))
    );
    assert_eq!(case.machine.view().plan.addressing.address, Some(LEASED));
}

#[test]
fn when_our_own_network_ends_an_address_is_asked_for_again() {
    let mut case = Case::with(|_| ());
    case.link("wlan0", true);
    case.machine.gives(true, case.now);
    case.settle();
    case.machine.gives(false, case.now);
    case.until(s(5));
    assert_eq!(case.machine.view().plan.addressing.address, Some(LEASED));
    assert_eq!(case.machine.view().plan.source, Source::Dhcp);
}
