//! What the link is to have and what is to be said on it. Pure: news, wishes and the time go in, acts
//! come out; times are since the service's start.
//!
//! ```text
//!         link           carrier                        lease
//! Absent ──────▶ Down ────────────▶ Seeking ─────────────────────────▶ Leased
//!   ▲             ▲ │                 │ 10 s without one                 │ runs out, refused
//!   │ link gone   │ │                 ▼                     lease        │
//!   └─────────────┤ │             Seeking, link-local ──────────────▶    │
//!                 │ │                 ▲                                  │
//!                 │ │                 └──────────────────────────────────┘
//!                 │ └ static: Fixed, with or without a carrier
//!                 └── carrier lost: the address stays; when it is back, the lease is asked about
//!                     and a link-local address is probed anew
//! ```

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use super::confirm::Wish;
use super::dhcp::{self, Course, Host};
use super::link_local::{self, LinkLocal};
use super::plan::{Plan, plan};
use super::status::Source;
use crate::lan::{Addressing, Announcement, Cidr, Link, News, OWN_ADDRESS, OWN_NETWORK, Packet};
use crate::settings::{Method, NetworkSettings, StaticAddress};

/// Without a lease for this long, the link gets an address of its own making.
const FALLBACK: Duration = Duration::from_secs(10);

/// Guests of our own network who wait for an answer; more are not heard.
const ANSWERS: usize = 8;

/// Something for the edge to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Configure(Addressing),
    AllowIpv6(bool),
    Send(Packet),
    SetHostName(String),
    Announce(Option<Announcement>),
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Act(Act),
    /// Until then, or until news; `None` = until news.
    Wait(Option<Duration>),
}

pub(super) struct Machine {
    wish: Wish,
    /// Where the page is.
    port: u16,
    seed: u64,
    link: Option<Link>,
    addresses: Vec<Cidr>,
    /// Made when the link is first seen.
    course: Option<Course>,
    link_local: Option<LinkLocal>,
    /// When to do without DHCP.
    fallback: Option<Duration>,
    /// The radio gives a network of our own: who has which address there.
    host: Option<Host>,
    answers: VecDeque<Vec<u8>>,
    /// Under which label the announcement was accepted.
    label: Option<String>,
    told: Told,
}

/// What the edge knows already.
#[derive(Default)]
struct Told {
    addressing: Option<Addressing>,
    ipv6: Option<bool>,
    name: Option<String>,
    announcement: Option<Announcement>,
}

impl Machine {
    pub(super) fn new(wish: Wish, port: u16, seed: u64) -> Machine {
        Machine {
            wish,
            port,
            seed,
            link: None,
            addresses: Vec::new(),
            course: None,
            link_local: None,
            fallback: None,
            host: None,
            answers: VecDeque::new(),
            label: None,
            told: Told::default(),
        }
    }

    /// Another wish is in force from now on.
    pub(super) fn wish(&mut self, wish: Wish, now: Duration) {
        self.change(now, |machine| machine.wish = wish);
        if let Some(course) = &mut self.course {
            course.rename(&self.wish.name, now);
        }
    }

    /// Whether the radio gives a network of our own.
    pub(super) fn gives(&mut self, own: bool, now: Duration) {
        self.change(now, |machine| {
            machine.host = own.then(|| machine.host.take().unwrap_or_default());
        });
    }

    /// What needs a server now and did not before asks for one.
    fn change(&mut self, now: Duration, change: impl FnOnce(&mut Machine)) {
        let method = self.network().method;
        change(self);
        let begins = method == Method::Static && self.network().method == Method::Dhcp;
        if let Some(course) = self.course.as_mut().filter(|_| begins) {
            course.link_up(now);
        }
    }

    pub(super) fn hear(&mut self, news: News, now: Duration) {
        match news {
            News::Link(link) => self.link_is(link, now),
            News::Addresses(addresses) => self.addresses = addresses,
            News::Received(Packet::Dhcp { message, .. }) => {
                if let Some(course) = &mut self.course {
                    course.received(&message, now);
                }
            }
            News::Received(Packet::Lease(question)) => self.asked(&question, now),
            // Nobody answers one.
            News::Received(Packet::Wake { .. }) => {}
            News::Received(Packet::Arp(packet)) => {
                if let Some(link_local) = &mut self.link_local {
                    link_local.received(&packet, now);
                }
            }
            News::Announced(label) => {
                self.label = self.told.announcement.is_some().then_some(label);
            }
        }
    }

    /// By a guest of our own network.
    fn asked(&mut self, question: &[u8], now: Duration) {
        let here = self.gives_here() && self.answers.len() < ANSWERS;
        let answer = self
            .host
            .as_mut()
            .filter(|_| here)
            .and_then(|host| host.answer(question, now));
        self.answers.extend(answer);
    }

    fn link_is(&mut self, link: Option<Link>, now: Duration) {
        let identity = |link: &Link| (link.name.clone(), link.hardware_address);
        let same = self.link.as_ref().map(identity) == link.as_ref().map(identity);
        let had_carrier = same && self.has_carrier();
        if !same {
            self.addresses.clear();
            self.told = Told {
                name: self.told.name.take(),
                ..Told::default()
            };
            self.course = link
                .as_ref()
                .map(|link| Course::new(link.hardware_address, &self.wish.name, self.seed));
            self.link_local = link
                .as_ref()
                .map(|link| LinkLocal::new(link.hardware_address));
        }
        self.link = link;
        if self.has_carrier() && !had_carrier {
            if let Some(course) = &mut self.course {
                course.link_up(now);
            }
            if let Some(link_local) = &mut self.link_local {
                link_local.link_up(now);
            }
        }
    }

    /// The settings of the link that is used: a static address is the wire's own, and so is all that belongs to it.
    fn network(&self) -> NetworkSettings {
        if self.gives_here() {
            return NetworkSettings {
                method: Method::Static,
                address: Some(StaticAddress {
                    address: OWN_ADDRESS,
                    prefix: OWN_NETWORK.prefix,
                }),
                ipv6: self.wish.network.ipv6,
                ..NetworkSettings::default()
            };
        }
        match self.wish.network.method {
            Method::Static if self.is_wireless() => NetworkSettings {
                ipv6: self.wish.network.ipv6,
                ..NetworkSettings::default()
            },
            _ => self.wish.network.clone(),
        }
    }

    fn is_wireless(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.wireless)
    }

    /// The link that is used is our own network.
    fn gives_here(&self) -> bool {
        self.host.is_some() && self.is_wireless()
    }

    fn has_carrier(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.carrier)
    }

    /// What to do next; to be asked until it says wait.
    pub(super) fn step(&mut self, now: Duration) -> Step {
        if self.told.name.as_ref() != Some(&self.wish.name) {
            self.told.name = Some(self.wish.name.clone());
            return Step::Act(Act::SetHostName(self.wish.name.clone()));
        }
        if self.link.is_none() {
            return Step::Wait(None);
        }
        self.fall_back(now);
        if let Some(act) = self.tell() {
            return Step::Act(act);
        }
        match self.speak(now) {
            // A lease may have run out meanwhile.
            Step::Wait(until) => self.tell().map_or(Step::Wait(until), Step::Act),
            act @ Step::Act(_) => act,
        }
    }

    /// Starts and stops the search for a link-local address.
    fn fall_back(&mut self, now: Duration) {
        let alone = self.network().method == Method::Dhcp && self.lease().is_none();
        if !alone {
            self.fallback = None;
            if let Some(link_local) = &mut self.link_local {
                link_local.stop();
            }
        } else if !self.has_carrier() {
            self.fallback = None;
        } else if now >= *self.fallback.get_or_insert(now + FALLBACK)
            && let Some(link_local) = &mut self.link_local
        {
            link_local.start(now);
        }
    }

    /// What DHCP and ARP have to say, which is nothing while nobody can hear it.
    fn speak(&mut self, now: Duration) -> Step {
        if let Some(answer) = self.answers.pop_front() {
            return Step::Act(Act::Send(Packet::Lease(answer)));
        }
        if self.network().method == Method::Static || !self.has_carrier() {
            return Step::Wait(None);
        }
        let mut due = self.fallback.filter(|at| *at > now);
        let mut sooner = |at: Duration| due = Some(due.map_or(at, |due: Duration| due.min(at)));
        if let Some(course) = &mut self.course {
            match course.step(now) {
                dhcp::Step::Send { message, to } => {
                    let packet = Packet::Dhcp {
                        message,
                        server: to,
                    };
                    return Step::Act(Act::Send(packet));
                }
                dhcp::Step::Wait(at) => sooner(at),
            }
        }
        if let Some(link_local) = &mut self.link_local {
            match link_local.step(now) {
                link_local::Step::Send(packet) => {
                    return Step::Act(Act::Send(Packet::Arp(packet)));
                }
                link_local::Step::Wait(Some(at)) => sooner(at),
                link_local::Step::Wait(None) => {}
            }
        }
        Step::Wait(due)
    }

    /// What the edge does not know yet.
    fn tell(&mut self) -> Option<Act> {
        let ipv6 = self.wish.network.ipv6;
        if self.told.ipv6 != Some(ipv6) {
            self.told.ipv6 = Some(ipv6);
            return Some(Act::AllowIpv6(ipv6));
        }
        let wanted = self.plan().addressing;
        // At the start an earlier process may have left an address: in use until there is a better one.
        let nothing_yet = self.told.addressing.is_none() && wanted.address.is_none();
        if !nothing_yet && self.told.addressing.as_ref() != Some(&wanted) {
            self.told.addressing = Some(wanted.clone());
            return Some(Act::Configure(wanted));
        }
        let announcement = self.announcement();
        if self.told.announcement != announcement {
            self.label = None;
            self.told.announcement.clone_from(&announcement);
            return Some(Act::Announce(announcement));
        }
        None
    }

    fn announcement(&self) -> Option<Announcement> {
        let addresses: Vec<IpAddr> = self.addresses.iter().map(|cidr| cidr.address).collect();
        (self.has_carrier() && !addresses.is_empty()).then(|| Announcement {
            name: self.wish.name.clone(),
            addresses,
            port: self.port,
        })
    }

    fn lease(&self) -> Option<&dhcp::Lease> {
        self.course.as_ref().and_then(Course::lease)
    }

    fn plan(&self) -> Plan {
        let claimed = self.link_local.as_ref().and_then(LinkLocal::claimed);
        let plan = plan(&self.network(), self.lease(), claimed);
        if self.gives_here() {
            let source = Source::Own;
            return Plan { source, ..plan };
        }
        plan
    }
}

/// What is published; see [`Status`](super::Status).
pub(super) struct View<'a> {
    pub(super) link: Option<&'a Link>,
    pub(super) addresses: &'a [Cidr],
    pub(super) plan: Plan,
    pub(super) lease_ends: Option<Duration>,
    pub(super) label: Option<&'a str>,
    pub(super) name: &'a str,
    /// Time servers that are wished for, and those that DHCP names.
    pub(super) servers: &'a [String],
    pub(super) time_servers: Vec<IpAddr>,
}

impl Machine {
    pub(super) fn view(&self) -> View<'_> {
        let course = self
            .course
            .as_ref()
            .filter(|_| self.network().method == Method::Dhcp);
        let offered = course.and_then(Course::lease).map(|lease| {
            let servers = lease.time_servers.iter();
            servers.copied().map(IpAddr::V4).collect()
        });
        View {
            link: self.link.as_ref(),
            addresses: &self.addresses,
            plan: self.plan(),
            lease_ends: course.and_then(Course::lease_ends),
            label: self.label.as_deref(),
            name: &self.wish.name,
            servers: &self.wish.time.servers,
            time_servers: offered.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
