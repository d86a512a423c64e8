//! The Wi-Fi: how it is, what is near, and changes that are confirmed or undone. A password comes in and never goes out.

use std::net::IpAddr;

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use warp::reply::Reply as _;

use super::gate::Admin;
use super::route::{Answer, Call};
use crate::audit::What;
use crate::lan::OWN_NETWORK;
use crate::net::wifi::{
    Change, ChangeError, ConfirmError, Country, Known, Offer, Own, Password, Security, Ssid, State,
    Status, Why,
};
use crate::settings::NotAllowed;

/// The Wi-Fi now.
#[derive(Serialize, JsonSchema)]
pub(crate) struct WifiView {
    /// False: this board has no Wi-Fi, or the network is another system's. Null: not known yet.
    hardware: Option<bool>,
    state: State,
    /// The appliance is reached over it now: no cable is in.
    in_use: bool,
    /// Two letters; null: what is allowed everywhere.
    country: Option<String>,
    joined: Option<JoinedView>,
    /// The appliance's own network, which is in the air when `state` says so; null: there is none.
    own: Option<OwnView>,
    /// The one that is liked best first.
    known: Vec<KnownView>,
    /// The strongest first.
    found: Vec<FoundView>,
    /// How old that list is; null: nobody has looked yet.
    looked_s_ago: Option<u64>,
    pending: Option<Pending>,
    /// The last change that came to nothing; null once there is another one.
    failure: Option<FailureView>,
}

/// A network's name.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WifiName")]
struct Name {
    /// For people: what is no text has a stand-in.
    ssid: String,
    /// Its bytes.
    ssid_hex: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WifiJoined")]
struct JoinedView {
    #[serde(flatten)]
    name: Name,
    /// By WPA3, otherwise WPA2; null for a moment.
    wpa3: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WifiOwn")]
struct OwnView {
    #[serde(flatten)]
    name: Name,
    /// Where who has joined it finds the page.
    address: IpAddr,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WifiKnown")]
struct KnownView {
    #[serde(flatten)]
    name: Name,
    security: Security,
    hidden: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WifiFound")]
struct FoundView {
    #[serde(flatten)]
    name: Name,
    security: Offer,
    signal_dbm: i16,
}

/// A change that is in force, and is undone unless it is confirmed in time.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WifiPending")]
struct Pending {
    /// The network that is to be joined; null: it is not about joining one.
    joining: Option<Name>,
    /// It has come about, and can be confirmed.
    ready: bool,
    confirm_within_s: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WifiFailed")]
struct FailureView {
    /// Null: it was not about joining one.
    joining: Option<Name>,
    why: Why,
}

/// A network to join.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WifiJoin")]
pub(crate) struct Join {
    /// Its name as text. One of the two.
    ssid: Option<String>,
    /// Its name as bytes: 2 to 64 hexadecimal digits.
    ssid_hex: Option<String>,
    security: Security,
    /// 8 to 63 printable characters; for `wpa2` also the key's 64 hexadecimal digits. Never given out again.
    password: String,
    /// It does not say its name.
    #[serde(default)]
    hidden: bool,
    /// Two letters; absent = as it is.
    country: Option<String>,
}

/// Which network.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WifiForget")]
pub(crate) struct Forget {
    ssid_hex: String,
}

/// A network of the appliance's own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WifiGive")]
pub(crate) struct Give {
    /// Null: none any more.
    own: Option<Given>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WifiGiven")]
struct Given {
    /// 1 to 32 bytes.
    ssid: String,
    /// 8 to 63 printable characters. Never given out again.
    password: String,
}

/// Where the appliance is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WifiCountry")]
pub(crate) struct Place {
    /// Two letters; null: what is allowed everywhere.
    country: Option<String>,
}

/// A change that is in force now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WifiTrial")]
pub(crate) struct Trial {
    confirm_within_s: u64,
}

impl Name {
    fn of(ssid: &Ssid) -> Name {
        Name {
            ssid: ssid.to_string(),
            ssid_hex: ssid.hex(),
        }
    }
}

impl WifiView {
    fn of(status: &Status, in_use: bool) -> WifiView {
        let known = status
            .known
            .iter()
            .map(|(ssid, security, hidden)| KnownView {
                name: Name::of(ssid),
                security: *security,
                hidden: *hidden,
            });
        let found = status.found.iter().map(|found| FoundView {
            name: Name::of(&found.ssid),
            security: found.offer,
            signal_dbm: found.signal,
        });
        WifiView {
            hardware: status.hardware,
            state: status.state,
            in_use,
            country: status.country.map(|country| country.to_string()),
            joined: status.joined.as_ref().map(|joined| JoinedView {
                name: Name::of(&joined.ssid),
                wpa3: joined.wpa3,
            }),
            own: status.own.as_ref().map(|ssid| OwnView {
                name: Name::of(ssid),
                address: OWN_NETWORK.address,
            }),
            known: known.collect(),
            found: found.collect(),
            looked_s_ago: status.looked.map(|at| at.elapsed().as_secs()),
            pending: status.trial.as_ref().map(|trial| Pending {
                joining: trial.joining.as_ref().map(Name::of),
                ready: trial.ready,
                confirm_within_s: trial
                    .until
                    .saturating_duration_since(Instant::now())
                    .as_secs(),
            }),
            failure: status.failure.as_ref().map(|failure| FailureView {
                joining: failure.ssid.as_ref().map(Name::of),
                why: failure.why,
            }),
        }
    }
}

impl Join {
    fn parse(self) -> Result<Change, NotAllowed> {
        let ssid = match (&self.ssid, &self.ssid_hex) {
            (Some(text), None) => Ssid::new(text.as_bytes()),
            (None, Some(digits)) => Ssid::from_hex(digits),
            _ => None,
        };
        let given = self.ssid.or(self.ssid_hex).unwrap_or_default();
        let allowed = "a name of 1 to 32 bytes, as `ssid` or as `ssid_hex`";
        Ok(Change::Join {
            network: Known {
                ssid: ssid.ok_or_else(|| NotAllowed::new("wifi.ssid", &given, allowed))?,
                security: self.security,
                password: Password::new(self.password),
                hidden: self.hidden,
            },
            country: country(self.country)?,
        })
    }
}

impl Give {
    fn parse(self) -> Result<Change, NotAllowed> {
        let Some(given) = self.own else {
            return Ok(Change::Own(None));
        };
        let refused = || NotAllowed::new("wifi.own.ssid", &given.ssid, "a name of 1 to 32 bytes");
        Ok(Change::Own(Some(Own {
            ssid: Ssid::new(given.ssid.as_bytes()).ok_or_else(refused)?,
            password: Password::new(given.password),
        })))
    }
}

fn country(text: Option<String>) -> Result<Option<Country>, NotAllowed> {
    let Some(text) = text else { return Ok(None) };
    let refused = || {
        NotAllowed::new(
            "wifi.country",
            &text,
            "a country's two letters, such as \"GB\"",
        )
    };
    Country::parse(&text).map(Some).ok_or_else(refused)
}

pub(crate) async fn get(call: Call, _admin: Admin) -> Answer {
    let services = &call.face.services;
    let status = services.wifi.status().borrow().clone();
    let network = services.network.status();
    let in_use = network
        .borrow()
        .link
        .as_ref()
        .is_some_and(|link| link.wireless);
    Ok(warp::reply::json(&WifiView::of(&status, in_use)).into_response())
}

pub(crate) async fn scan(call: Call, _admin: Admin) -> Answer {
    if !call.face.services.wifi.look().await {
        return Err(ChangeError::NoRadio.into());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn join(call: Call, admin: Admin) -> Answer {
    let join: Join = call.json()?;
    change(&call, &admin, join.parse()?).await
}

pub(crate) async fn forget(call: Call, admin: Admin) -> Answer {
    let Forget { ssid_hex } = call.json()?;
    let ssid = Ssid::from_hex(&ssid_hex).ok_or(ChangeError::Unknown)?;
    change(&call, &admin, Change::Forget(ssid)).await
}

pub(crate) async fn give(call: Call, admin: Admin) -> Answer {
    let give: Give = call.json()?;
    change(&call, &admin, give.parse()?).await
}

pub(crate) async fn place(call: Call, admin: Admin) -> Answer {
    let Place { country: wanted } = call.json()?;
    change(&call, &admin, Change::Country(country(wanted)?)).await
}

async fn change(call: &Call, admin: &Admin, change: Change) -> Answer {
    let left = call.face.services.wifi.change(change).await?;
    log::info!("Wi-Fi: {} puts a change on trial", admin.user());
    call.note(admin, What::NetworkChanged, "Wi-Fi, on trial");
    let trial = Trial {
        confirm_within_s: left.as_secs(),
    };
    let mut response = warp::reply::json(&trial).into_response();
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

pub(crate) async fn confirm(call: Call, admin: Admin) -> Answer {
    call.face.services.wifi.confirm().await?;
    log::info!("Wi-Fi: {} confirms the change", admin.user());
    call.note(&admin, What::NetworkChanged, "Wi-Fi, kept");
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn revert(call: Call, admin: Admin) -> Answer {
    if !call.face.services.wifi.revert().await {
        return Err(ConfirmError::NotPending.into());
    }
    log::info!("Wi-Fi: {} takes the change back", admin.user());
    call.note(&admin, What::NetworkChanged, "Wi-Fi, taken back");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// How a refused change is told.
pub(super) fn refused(error: &ChangeError) -> (StatusCode, &'static str) {
    match error {
        ChangeError::NotAllowed(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        ChangeError::Pending => (StatusCode::CONFLICT, "pending"),
        ChangeError::Unknown => (StatusCode::NOT_FOUND, "unknown"),
        ChangeError::TooMany => (StatusCode::CONFLICT, "full"),
        ChangeError::NoRadio => (StatusCode::CONFLICT, "no_wifi"),
    }
}

/// How one that is not kept is told.
pub(super) fn not_kept(error: &ConfirmError) -> (StatusCode, &'static str) {
    match error {
        ConfirmError::NotPending => (StatusCode::CONFLICT, "not_pending"),
        ConfirmError::NotJoined => (StatusCode::CONFLICT, "not_joined"),
        ConfirmError::Write(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    }
}
