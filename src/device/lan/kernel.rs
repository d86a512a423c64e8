//! What the kernel knows of the wired link, over its routing socket (rtnetlink(7)).

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

/// The wired link as it was last seen.
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

    /// The link that is wanted, or the first wired one that is a piece of hardware, in the order of names.
    pub(super) async fn look(&mut self) -> Result<Seen, rtnetlink::Error> {
        let links: Vec<_> = self.handle.link().get().execute().try_collect().await?;
        let mut wired: Vec<_> = links
            .iter()
            .filter_map(ethernet)
            .filter(|(link, _)| match &self.wanted {
                Some(name) => *name == link.name,
                None => is_wired(&Path::new(LINKS).join(&link.name)),
            })
            .collect();
        wired.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        let Some((link, raised)) = wired.into_iter().next() else {
            return Ok(Seen::default());
        };
        let index = link.index;
        if !raised && self.raises {
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

    async fn addresses(&mut self, index: u32) -> Result<Vec<AddressMessage>, rtnetlink::Error> {
        let all = self.handle.address().get().set_link_index_filter(index);
        all.execute().try_collect().await
    }

    /// Gives the link this of IPv4 and nothing else. What goes, goes first: taking away the first of two
    /// addresses of one network takes the other too.
    pub(super) async fn configure(
        &mut self,
        index: u32,
        wanted: &Addressing,
    ) -> Result<(), rtnetlink::Error> {
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

/// The link, and whether it is switched on.
fn ethernet(message: &LinkMessage) -> Option<(Link, bool)> {
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
    let link = Link {
        index: message.header.index,
        name,
        hardware_address: HardwareAddress(hardware),
        carrier: flags.contains(LinkFlags::LowerUp),
    };
    Some((link, flags.contains(LinkFlags::Up)))
}

/// Ethernet that is a piece of hardware; Wi-Fi calls itself Ethernet too.
fn is_wired(folder: &Path) -> bool {
    folder.join("device").exists() && !folder.join("wireless").exists()
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
    fn a_wired_link_is_hardware_without_radio() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let link = folder.path().join("eth0");
        fs::create_dir(&link).expect("folder");
        assert!(!is_wired(&link), "a bridge, a tunnel");
        fs::create_dir(link.join("device")).expect("folder");
        assert!(is_wired(&link));
        fs::create_dir(link.join("wireless")).expect("folder");
        assert!(!is_wired(&link), "Wi-Fi is another story");
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
