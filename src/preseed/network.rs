//! The wired network that a preseed file asks for. Pure.

use std::net::{IpAddr, Ipv4Addr};

use super::document::{Document, Taken};
use super::refusal::Refusal;
use super::wishes::Draft;
use crate::settings::{Method, NetworkSettings, StaticAddress};

const ADDRESS: &str = "has to be an IPv4 address with its prefix, such as \"192.0.2.7/24\"";
const ROUTER: &str = "has to be an IPv4 address, such as \"192.0.2.1\"";
const DNS: &str = "has to be a list of addresses, such as [\"192.0.2.1\"]";

/// How a format calls the keys of the network.
pub(super) struct NetworkKeys {
    pub(super) method: &'static str,
    pub(super) address: &'static str,
    pub(super) router: &'static str,
    pub(super) dns: &'static str,
    pub(super) ipv6: Option<&'static str>,
    /// Whether `method` has a third value, "disabled".
    pub(super) may_disable: bool,
}

impl Draft {
    pub(super) fn network(
        &mut self,
        keys: &NetworkKeys,
        document: &mut Document<'_>,
    ) -> Result<(), Refusal> {
        let mut network = NetworkSettings::default();
        if let Some(method) = document.text(keys.method)? {
            network.method = self.method(method, document, keys)?;
        }
        if let Some(address) = document.text(keys.address)? {
            let address = address.try_map(|text| StaticAddress::parse(&text).ok_or(ADDRESS))?;
            network.address = Some(self.origin("network.address", address));
        }
        if let Some(router) = document.text(keys.router)? {
            let router = router.try_map(|text| text.parse::<Ipv4Addr>().map_err(|_| ROUTER))?;
            network.router = Some(self.origin("network.router", router));
        }
        if let Some(dns) = document.texts(keys.dns)? {
            let parsed = |texts: Vec<String>| texts.iter().map(|text| text.parse()).collect();
            let dns = dns.try_map(|texts| {
                let servers: Result<Vec<IpAddr>, _> = parsed(texts);
                servers.map_err(|_| DNS)
            })?;
            network.dns = self.origin("network.dns", dns);
        }
        if let Some(key) = keys.ipv6
            && let Some(ipv6) = document.truth(key)?
        {
            network.ipv6 = self.origin("network.ipv6", ipv6);
        }
        self.wishes.network = self.has_origin("network.").then_some(network);
        Ok(())
    }

    fn method(
        &mut self,
        method: Taken<String>,
        document: &mut Document<'_>,
        keys: &NetworkKeys,
    ) -> Result<Method, Refusal> {
        if method.value == "disabled" && keys.may_disable {
            self.remarks.push(format!(
                "line {}: {} = \"disabled\" is not done: the wired network is how the appliance is reached",
                method.line, method.key
            ));
            // What stands beside it means nothing without it.
            for key in [keys.address, keys.router, keys.dns] {
                document.pass_over(key);
            }
            let dhcp = method.try_map(|_| Ok::<_, &str>(Method::Dhcp))?;
            return Ok(self.origin("network.method", dhcp));
        }
        let method = method.try_map(|text| match text.as_str() {
            "dhcp" => Ok(Method::Dhcp),
            "static" => Ok(Method::Static),
            _ => Err("has to be \"dhcp\" or \"static\""),
        })?;
        Ok(self.origin("network.method", method))
    }
}
