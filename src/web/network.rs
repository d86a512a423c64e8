//! The network and the time: how they are, and changes that are confirmed or undone.

use std::net::IpAddr;

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use warp::reply::Reply as _;

use super::error::ApiError;
use super::gate::Admin;
use super::route::{Answer, Call};
use crate::audit::What;
use crate::net::{Network, Source, Status, Wish};
use crate::settings::{Method, NetworkSettings, NotAllowed, StaticAddress, TimeSettings};

/// The network now.
#[derive(Serialize, JsonSchema)]
pub(crate) struct NetworkView {
    /// False: the network is the business of the system that the program runs on.
    managed: bool,
    settings: Wanted,
    status: NetworkStatus,
    time: TimeView,
    pending: Option<Pending>,
}

/// Everything that is changed together. Texts are as in `settings.toml`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NetworkSettings")]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// A host name.
    name: String,
    method: Method,
    /// `192.0.2.7/24`; needed when the method is static.
    address: Option<String>,
    router: Option<String>,
    /// At most four, instead of those that DHCP names.
    dns: Vec<String>,
    /// Whether the link gets IPv6 addresses.
    ipv6: bool,
    /// At most four time servers; none = the clock is left alone.
    ntp: Vec<String>,
}

/// What the link has.
#[derive(Serialize, JsonSchema)]
struct NetworkStatus {
    /// Its name, `eth0`.
    link: Option<String>,
    /// A cable is in.
    up: bool,
    mac: Option<String>,
    addresses: Vec<String>,
    router: Option<String>,
    dns: Vec<String>,
    source: Source,
    lease_ends_in_s: Option<u64>,
    /// The name that leads here; another one than wanted when somebody else had that first.
    mdns: Option<String>,
}

/// What the clock has.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Time")]
struct TimeView {
    synchronized: bool,
    /// The server whose time was taken last, and how far the clock was off then.
    server: Option<String>,
    offset_ms: Option<i64>,
}

/// A change that is in force, and is undone unless it is confirmed in time.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Pending {
    confirm_within_s: u64,
}

/// A change that is in force now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NetworkTrial")]
pub(crate) struct Trial {
    confirm_within_s: u64,
    /// Where the page may be found now.
    reach: Vec<String>,
}

impl Wanted {
    fn of(wish: &Wish) -> Wanted {
        let network = &wish.network;
        Wanted {
            name: wish.name.clone(),
            method: network.method,
            address: network.address.map(|address| address.to_string()),
            router: network.router.map(|router| router.to_string()),
            dns: network.dns.iter().map(ToString::to_string).collect(),
            ipv6: network.ipv6,
            ntp: wish.time.servers.clone(),
        }
    }

    fn parse(self) -> Result<Wish, NotAllowed> {
        let address = self.address.map(|text| {
            StaticAddress::parse(&text).ok_or_else(|| {
                let allowed = "an IPv4 address with its prefix, such as 192.0.2.7/24";
                NotAllowed::new("network.address", &text, allowed)
            })
        });
        let router = self.router.map(|text| {
            let refused = |_| NotAllowed::new("network.router", &text, "an IPv4 address");
            text.parse().map_err(refused)
        });
        let dns = self.dns.iter().map(|text| {
            let refused = |_| NotAllowed::new("network.dns", text, "IP addresses");
            text.parse::<IpAddr>().map_err(refused)
        });
        Ok(Wish {
            network: NetworkSettings {
                method: self.method,
                address: address.transpose()?,
                router: router.transpose()?,
                dns: dns.collect::<Result<_, _>>()?,
                ipv6: self.ipv6,
            },
            time: TimeSettings { servers: self.ntp },
            name: self.name,
        })
    }
}

impl NetworkStatus {
    fn of(status: &Status) -> NetworkStatus {
        let link = status.link.as_ref();
        let left = |ends: Instant| ends.saturating_duration_since(Instant::now()).as_secs();
        NetworkStatus {
            link: link.map(|link| link.name.clone()),
            up: link.is_some_and(|link| link.carrier),
            mac: link.map(|link| link.hardware_address.to_string()),
            addresses: status.addresses.iter().map(ToString::to_string).collect(),
            router: status.router.map(|router| router.to_string()),
            dns: status.dns.iter().map(ToString::to_string).collect(),
            source: status.source,
            lease_ends_in_s: status.lease_ends.map(left),
            mdns: status.label.as_ref().map(|label| format!("{label}.local")),
        }
    }
}

pub(crate) async fn get(call: Call, _admin: Admin) -> Answer {
    let network = &call.face.services.network;
    let (status, shown) = (network.status().borrow().clone(), network.shown());
    let view = NetworkView {
        managed: network.is_managed(),
        settings: Wanted::of(&shown.wish),
        time: TimeView {
            synchronized: status.time.synchronized,
            server: status.time.server.clone(),
            offset_ms: status.time.offset_ms,
        },
        status: NetworkStatus::of(&status),
        pending: shown.confirm_until.map(|until| Pending {
            confirm_within_s: until.saturating_duration_since(Instant::now()).as_secs(),
        }),
    };
    Ok(warp::reply::json(&view).into_response())
}

pub(crate) async fn change(call: Call, admin: Admin) -> Answer {
    let wanted: Wanted = call.json()?;
    let wish = wanted.parse().map_err(ApiError::from)?;
    let face = &call.face;
    let left = face.services.network.change(wish.clone()).await?;
    log::info!("network: {} puts a change on trial", admin.user());
    call.note(&admin, What::NetworkChanged, "on trial");
    let trial = Trial {
        confirm_within_s: left.as_secs(),
        reach: reach(&wish, &face.services.network, face.port),
    };
    let mut response = warp::reply::json(&trial).into_response();
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// Where the page may be then: the static address, or those that are there now, and the name.
fn reach(wish: &Wish, network: &Network, port: u16) -> Vec<String> {
    let mut hosts = Vec::new();
    match (wish.network.method, wish.network.address) {
        (Method::Static, Some(own)) => hosts.push(own.address.to_string()),
        _ => {
            let status = network.status();
            let now = status.borrow();
            let leased = now.addresses.iter().filter(|_| now.source == Source::Dhcp);
            hosts.extend(leased.filter_map(|cidr| match cidr.address {
                IpAddr::V4(address) => Some(address.to_string()),
                IpAddr::V6(_) => None,
            }));
        }
    }
    hosts.push(format!("{}.local", wish.name.to_ascii_lowercase()));
    let url = |host: String| match port {
        443 => format!("https://{host}/"),
        port => format!("https://{host}:{port}/"),
    };
    hosts.into_iter().map(url).collect()
}

pub(crate) async fn confirm(call: Call, admin: Admin) -> Answer {
    call.face.services.network.confirm().await?;
    adopt_name(&call).await?;
    log::info!("network: {} confirms the change", admin.user());
    call.note(&admin, What::NetworkChanged, "kept");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A name that stays may need a CA that may speak for it. The change is done, whatever becomes of that.
async fn adopt_name(call: &Call) -> Result<(), ApiError> {
    let face = call.face.clone();
    let adopted = tokio::task::spawn_blocking(move || {
        let name = face.services.settings.current().device.name;
        if let Err(error) = face.identity.adopt(&name) {
            log::error!("make a certificate for {name}: {error}");
        }
    });
    Ok(adopted.await?)
}

pub(crate) async fn revert(call: Call, admin: Admin) -> Answer {
    call.face.services.network.revert().await?;
    log::info!("network: {} takes the change back", admin.user());
    call.note(&admin, What::NetworkChanged, "taken back");
    Ok(StatusCode::NO_CONTENT.into_response())
}
