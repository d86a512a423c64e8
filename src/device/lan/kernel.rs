//! What the kernel knows of the appliance's links, over its routing socket (rtnetlink(7)), and which of them is used: the wired
//! one, or a radio that has joined a network while no cable is in.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use futures_util::{StreamExt as _, TryStreamExt as _};
use rtnetlink::packet_core::NetlinkMessage;
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::address::{AddressAttribute, AddressFlags, AddressMessage};
use rtnetlink::packet_route::link::{LinkAttribute, LinkFlags, LinkLayerType, LinkMessage};
use rtnetlink::packet_route::route::{RouteAttribute, RouteMessage};
use rtnetlink::sys::SocketAddr;
use rtnetlink::{Handle, LinkUnspec, MulticastGroup, RouteMessageBuilder};

use crate::lan::{Addressing, Cidr, HardwareAddress, Link};

const LINKS: &str = "/sys/class/net";

type Messages =
    futures_util::stream::BoxStream<'static, (NetlinkMessage<RouteNetlinkMessage>, SocketAddr)>;

/// The link that is used as it was last seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) link: Option<Link>,
    /// Usable ones, in order.
    pub(super) addresses: Vec<Cidr>,
}

pub(super) struct Kernel {
    /// Which link, when not the first wired one.
    wanted: Option<String>,
    /// Raising a link needs privileges; where there are none, init does it.
    raises: bool,
    handle: Handle,
    messages: Messages,
}

impl Kernel {
    pub(super) fn open(link: Option<&str>, raises: bool) -> io::Result<Kernel> {
        let groups = [
            MulticastGroup::Link,
            MulticastGroup::Ipv4Ifaddr,
            MulticastGroup::Ipv6Ifaddr,
        ];
        let (connection, handle, messages) = rtnetlink::new_multicast_connection(&groups)?;
        tokio::spawn(connection);
        Ok(Kernel {
            wanted: link.map(str::to_owned),
            raises,
            handle,
            messages: messages.boxed(),
        })
    }

    /// Returns when something about links or addresses is different. What, is looked at afterwards: so
    /// nothing is lost when the kernel drops messages in a storm, and it says when it did.
    pub(super) async fn changed(&mut self) {
        if self.messages.next().await.is_none() {
            std::future::pending::<()>().await;
        }
        // What else came is the same news.
        while futures_util::FutureExt::now_or_never(self.messages.next())
            .flatten()
            .is_some()
        {}
    }

    /// The link that is wanted, or the one to use now.
    pub(super) async fn look(&mut self) -> Result<Seen, rtnetlink::Error> {
        let Some(chosen) = choose(self.own().await?) else {
            return Ok(Seen::default());
        };
        let Own { link, raised } = chosen;
        let index = link.index;
        // What joins networks raises its radio.
        if !raised && self.raises && !link.wireless {
            let up = LinkUnspec::new_with_index(index).up().build();
            self.handle.link().set(up).execute().await?;
        }
        let addresses = self.addresses(index).await?;
        let usable: BTreeSet<Cidr> = addresses.iter().filter_map(usable).collect();
        Ok(Seen {
            link: Some(link),
            addresses: usable.into_iter().collect(),
        })
    }

    /// The name of a link that is the appliance's own.
    pub(super) async fn name(&mut self, index: u32) -> Result<Option<String>, rtnetlink::Error> {
        let mut own = self.own().await?.into_iter();
        Ok(own
            .find(|own| own.link.index == index)
            .map(|own| own.link.name))
    }

    /// The link that is wanted, or all that are pieces of hardware, in the order of names.
    async fn own(&mut self) -> Result<Vec<Own>, rtnetlink::Error> {
        let links: Vec<_> = self.handle.link().get().execute().try_collect().await?;
        let mut own: Vec<Own> = links
            .iter()
            .filter_map(ethernet)
            .filter(|own| match &self.wanted {
                Some(name) => *name == own.link.name,
                None => is_hardware(&Path::new(LINKS).join(&own.link.name)),
            })
            .collect();
        own.sort_by(|a, b| a.link.name.cmp(&b.link.name));
        Ok(own)
    }

    async fn addresses(&mut self, index: u32) -> Result<Vec<AddressMessage>, rtnetlink::Error> {
        let all = self.handle.address().get().set_link_index_filter(index);
        all.execute().try_collect().await
    }

    /// Gives the link this of IPv4 and nothing else, and the appliance's other links nothing: both may be in the same
    /// network. What goes, goes first: taking away the first of two addresses of one network takes the other too.
    pub(super) async fn configure(
        &mut self,
        index: u32,
        wanted: &Addressing,
    ) -> Result<(), rtnetlink::Error> {
        for other in self
            .own()
            .await?
            .iter()
            .filter(|own| own.link.index != index)
        {
            for message in self.addresses(other.link.index).await? {
                if let Some(IpAddr::V4(_)) = own_address(&message) {
                    self.handle.address().del(message).execute().await?;
                }
            }
        }
        let mut there = false;
        for message in self.addresses(index).await? {
            match own_address(&message) {
                Some(IpAddr::V4(address))
                    if wanted.address == Some((address, message.header.prefix_len)) =>
                {
                    there = true;
                }
                Some(IpAddr::V4(_)) => self.handle.address().del(message).execute().await?,
                _ => {}
            }
        }
        if let Some((address, prefix)) = wanted.address.filter(|_| !there) {
            let add = self.handle.address().add(index, address.into(), prefix);
            add.replace().execute().await?;
        }
        match wanted.router {
            Some(router) => self.set_router(index, router, wanted).await,
            None => self.remove_router(index).await,
        }
    }

    async fn set_router(
        &mut self,
        index: u32,
        router: Ipv4Addr,
        wanted: &Addressing,
    ) -> Result<(), rtnetlink::Error> {
        let mut route = RouteMessageBuilder::<Ipv4Addr>::new()
            .gateway(router)
            .output_interface(index);
        // Some servers name a router outside the network; the link is the way to it.
        let inside = wanted.address.is_some_and(|(address, prefix)| {
            let differs = u32::from(address) ^ u32::from(router);
            differs.leading_zeros() >= u32::from(prefix)
        });
        if !inside {
            route = route.onlink();
        }
        self.handle
            .route()
            .add(route.build())
            .replace()
            .execute()
            .await
    }

    async fn remove_router(&mut self, index: u32) -> Result<(), rtnetlink::Error> {
        let all = self
            .handle
            .route()
            .get(RouteMessageBuilder::<Ipv4Addr>::new().build());
        let routes: Vec<RouteMessage> = all.execute().try_collect().await?;
        for route in routes {
            if is_default(&route, index) {
                self.handle.route().del(route).execute().await?;
            }
        }
        Ok(())
    }
}

fn is_default(route: &RouteMessage, index: u32) -> bool {
    route.header.destination_prefix_length == 0
        && route.header.table == rtnetlink::packet_route::route::RouteHeader::RT_TABLE_MAIN
        && route.attributes.contains(&RouteAttribute::Oif(index))
        && route
            .attributes
            .iter()
            .any(|attribute| matches!(attribute, RouteAttribute::Gateway(_)))
}

/// One of the appliance's links.
struct Own {
    link: Link,
    /// It is switched on.
    raised: bool,
}

/// The first wired one; a radio that has joined a network, while no cable is in.
fn choose(own: Vec<Own>) -> Option<Own> {
    let (wireless, wired): (Vec<_>, Vec<_>) = own.into_iter().partition(|own| own.link.wireless);
    let (wired, radio) = (wired.into_iter().next(), wireless.into_iter().next());
    match (wired, radio) {
        (Some(wired), Some(radio)) if !wired.link.carrier && radio.link.carrier => Some(radio),
        (wired, radio) => wired.or(radio),
    }
}

fn ethernet(message: &LinkMessage) -> Option<Own> {
    if message.header.link_layer_type != LinkLayerType::Ether {
        return None;
    }
    let name = message
        .attributes
        .iter()
        .find_map(|attribute| match attribute {
            LinkAttribute::IfName(name) => Some(name.clone()),
            _ => None,
        })?;
    let hardware = message
        .attributes
        .iter()
        .find_map(|attribute| match attribute {
            LinkAttribute::Address(bytes) => bytes.as_slice().try_into().ok(),
            _ => None,
        })?;
    let flags = message.header.flags;
    let wireless = is_wireless(&Path::new(LINKS).join(&name));
    // A radio has a carrier before the other side lets anything through.
    let carrier = if wireless {
        LinkFlags::Running
    } else {
        LinkFlags::LowerUp
    };
    let link = Link {
        index: message.header.index,
        name,
        hardware_address: HardwareAddress(hardware),
        carrier: flags.contains(carrier),
        wireless,
    };
    Some(Own {
        link,
        raised: flags.contains(LinkFlags::Up),
    })
}

/// No bridge, no tunnel.
fn is_hardware(folder: &Path) -> bool {
    folder.join("device").exists()
}

/// Wi-Fi calls itself Ethernet too.
fn is_wireless(folder: &Path) -> bool {
    folder.join("phy80211").exists()
}

fn own_address(message: &AddressMessage) -> Option<IpAddr> {
    let find = |local: bool| {
        message
            .attributes
            .iter()
            .find_map(|attribute| match attribute {
                AddressAttribute::Local(address) if local => Some(*address),
                AddressAttribute::Address(address) if !local => Some(*address),
                _ => None,
            })
    };
    find(true).or_else(|| find(false))
}

/// Not one that the kernel still checks, or has found to be somebody else's.
fn usable(message: &AddressMessage) -> Option<Cidr> {
    let no = AddressFlags::Tentative | AddressFlags::Dadfailed;
    let flagged = message.attributes.iter().any(
        |attribute| matches!(attribute, AddressAttribute::Flags(flags) if flags.intersects(no)),
    );
    (!flagged).then_some(())?;
    Some(Cidr {
        address: own_address(message)?,
        prefix: message.header.prefix_len,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_link_is_hardware_and_a_radio_has_a_place_for_its_waves() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let link = folder.path().join("eth0");
        fs::create_dir(&link).expect("folder");
        assert!(!is_hardware(&link), "a bridge, a tunnel");
        fs::create_dir(link.join("device")).expect("folder");
        assert!(is_hardware(&link) && !is_wireless(&link));
        fs::create_dir(link.join("phy80211")).expect("folder");
        assert!(is_wireless(&link));
    }

    #[test]
    fn the_radio_is_used_while_no_cable_is_in_and_it_has_joined_a_network() {
        let own = |name: &str, carrier| Own {
            link: Link {
                index: 2,
                name: name.to_owned(),
                hardware_address: HardwareAddress([2; 6]),
                carrier,
                wireless: name.starts_with('w'),
            },
            raised: true,
        };
        for (cable, joined, used) in [
            (true, true, "eth0"),
            (true, false, "eth0"),
            (false, true, "wlan0"),
            (false, false, "eth0"),
        ] {
            let links = vec![own("eth0", cable), own("eth1", true), own("wlan0", joined)];
            let chosen = choose(links).map(|own| own.link.name);
            assert_eq!(chosen.as_deref(), Some(used), "{cable} {joined}");
        }
        let radio = choose(vec![own("wlan0", false)]).map(|own| own.link.name);
        assert_eq!(radio.as_deref(), Some("wlan0"));
        assert!(choose(Vec::new()).is_none());
    }

    #[test]
    fn an_address_that_is_still_being_checked_is_not_usable() {
        let mut message = AddressMessage::default();
        message.header.prefix_len = 64;
        let own = "fe80::1".parse().expect("address");
        message.attributes.push(AddressAttribute::Address(own));
        assert_eq!(
            usable(&message).map(|cidr| cidr.to_string()).as_deref(),
            Some("fe80::1/64")
        );
        message
            .attributes
            .push(AddressAttribute::Flags(AddressFlags::Tentative));
        assert_eq!(usable(&message), None);
    }
}
