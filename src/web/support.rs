//! `GET /api/v1/support`: one file for whoever helps. Never keys that were pressed, texts that were pasted, passwords,
//! tokens or keys; names and addresses have stand-ins unless it is asked for with them.

use serde::Serialize;
use serde_json::{Value, json};
use warp::reply::Reply as _;

use super::Services;
use super::diagnostics::Diagnostics;
use super::error::ApiError;
use super::gate::Admin;
use super::log::{LineView, started};
use super::route::{Answer, Call};
use super::update::UpdateView;
use crate::auth::Session;
use crate::settings::Settings;
use crate::system::{Kind, Redactor};
use crate::video::edid::EdidWish;

pub(crate) async fn get(call: Call, admin: Admin) -> Answer {
    let redacted = match call.query.as_str() {
        "" | "redact=yes" => true,
        "redact=no" => false,
        _ => {
            let allowed = "the query: allowed are redact=yes, and redact=no";
            return Err(ApiError::Body(allowed.to_owned()));
        }
    };
    let session: Session = admin.clone();
    let make = move || bundle(&call.face.services, &session, redacted);
    let bundle = tokio::task::spawn_blocking(make).await?;
    Ok(warp::reply::json(&bundle).into_response())
}

fn bundle(services: &Services, session: &Session, redacted: bool) -> Value {
    let settings = services.settings.current();
    let started = started(services);
    let lines = services.journal.after(0, usize::MAX).into_iter();
    let lines: Vec<_> = lines.map(|line| LineView::of(line, started)).collect();
    let update = services.update.status().borrow().clone();
    let whole = json!({
        "farseat": env!("CARGO_PKG_VERSION"),
        "redacted": redacted,
        "system": value(&services.system.status()),
        "diagnostics": value(&Diagnostics::of(services)),
        "network": network(services),
        "update": value(&UpdateView::of(&update, &settings.update)),
        "settings": value(&settings),
        "log": value(&lines),
    });
    if !redacted {
        return whole;
    }
    Redactor::knowing(words(services, session, settings)).value(whole)
}

/// None of ours has a map with keys that are not text.
fn value(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

fn network(services: &Services) -> Value {
    let status = services.network.status();
    let status = status.borrow();
    json!({
        "managed": services.network.is_managed(),
        "link": status.link.as_ref().map(|link| json!({
            "name": link.name,
            "mac": link.hardware_address.to_string(),
            "carrier": link.carrier,
        })),
        "addresses": status.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "router": status.router.map(|router| router.to_string()),
        "dns": status.dns.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "source": status.source,
        "name": status.label,
        "synchronized": status.time.synchronized,
        "time_server": status.time.server,
        "offset_ms": status.time.offset_ms,
    })
}

/// What is known by name, and nobody else's business.
fn words(services: &Services, session: &Session, settings: Settings) -> Vec<(Kind, String)> {
    let status = services.network.status().borrow().clone();
    let users = services
        .auth
        .users(session)
        .into_iter()
        .map(|user| user.name);
    let machines = settings
        .wake
        .machines
        .into_iter()
        .map(|machine| machine.name);
    let mut serials = vec![settings.usb.serial];
    if let EdidWish::Own(_) = settings.video.edid {
        // All its bytes: a display's serial number is among them.
        serials.push(settings.video.edid.into());
    }
    let wifi = services.wifi.status().borrow().clone();
    let known = wifi.known.iter().map(|(ssid, ..)| ssid);
    let near = wifi.found.iter().map(|found| &found.ssid);
    let joined = wifi.joined.iter().map(|joined| &joined.ssid);
    let waves = known.chain(near).chain(joined).map(ToString::to_string);
    let of = |kind, words: Vec<String>| words.into_iter().map(move |word| (kind, word));
    let all = [
        of(Kind::User, users.collect()),
        of(
            Kind::Name,
            [vec![settings.device.name], status.names].concat(),
        ),
        of(Kind::Machine, machines.collect()),
        of(Kind::Name, waves.collect()),
        of(Kind::Serial, serials),
        of(
            Kind::Host,
            [
                settings.time.servers,
                status.time.server.into_iter().collect(),
            ]
            .concat(),
        ),
    ];
    all.into_iter().flatten().collect()
}
