//! What the network is like now: one value, published whenever it changes.

use std::net::{IpAddr, Ipv4Addr};

use tokio::time::Instant;

use crate::lan::{Cidr, Link};

/// Where the IPv4 address came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Dhcp,
    LinkLocal,
    Static,
    /// It is the appliance's own network.
    Own,
    /// There is none.
    #[default]
    None,
}

/// The network now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Status {
    pub link: Option<Link>,
    /// Every address of the link, IPv6 too.
    pub addresses: Vec<Cidr>,
    pub router: Option<Ipv4Addr>,
    pub dns: Vec<IpAddr>,
    pub source: Source,
    pub lease_ends: Option<Instant>,
    /// Under which label `.local` leads here; not the wanted one when somebody else had it first.
    pub label: Option<String>,
    /// Every name that is ours now: the wanted one first, then the label and, during a trial, the old one.
    pub names: Vec<String>,
    pub time: TimeStatus,
}

/// The clock now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TimeStatus {
    /// A server's time was taken, not long ago.
    pub synchronized: bool,
    /// The server whose time was taken last.
    pub server: Option<String>,
    /// How far the clock was off then, in milliseconds.
    pub offset_ms: Option<i64>,
    /// Grows whenever the clock jumps: what depends on the date looks again.
    pub jumps: u32,
}
