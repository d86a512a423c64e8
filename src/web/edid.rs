//! The EDID: what the capture device tells the target, and another one for it.

use std::time::Duration;

use data_encoding::BASE64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::error::ApiError;
use super::gate::{Operator, Viewer};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::settings::NotAllowed;
use crate::stream::EdidTold;
use crate::video::edid::{Description, Edid, EdidState, EdidWish, Offer};

/// A device answers within some milliseconds; what it says later is seen when somebody looks again.
const PATIENCE: Duration = Duration::from_secs(3);
/// The choice that is a file.
const UPLOADED: &str = "upload";

/// What the capture device tells the target.
#[derive(Serialize, JsonSchema)]
pub(crate) struct EdidView {
    device: EdidDevice,
    /// What is wished for: `default`, one of `offers`, or `upload`.
    choice: String,
    /// What can be chosen beside `default`: modes such as `1920x1080@60`.
    offers: Vec<&'static str>,
    /// What the device says now; nothing unless it is `changeable`, or what it says is none.
    says: Option<Description>,
    /// What is wrong with what it says now, a sentence each.
    faults: Vec<String>,
}

/// What can be done with the device's EDID.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum EdidDevice {
    /// There is no capture device.
    NoDevice,
    /// It has one of its own, which cannot be changed.
    Fixed,
    Changeable,
    /// It does not take the one that is wished for.
    Refused,
}

/// Another EDID.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EdidChange {
    /// `default` or one of the offers.
    Choose(String),
    /// The bytes of a file, in base64: one to four blocks of 128.
    Upload(String),
}

impl EdidChange {
    fn wish(&self) -> Result<EdidWish, ApiError> {
        match self {
            EdidChange::Choose(name) => chosen(name),
            EdidChange::Upload(text) => {
                let bytes = BASE64.decode(text.as_bytes());
                let bytes =
                    bytes.map_err(|error| ApiError::Body(format!("not base64: {error}")))?;
                Ok(EdidWish::Own(Edid::parse(&bytes)?))
            }
        }
    }
}

fn chosen(name: &str) -> Result<EdidWish, ApiError> {
    let allowed = "\"default\" or one of the modes that are offered";
    match EdidWish::parse(name) {
        Ok(wish @ (EdidWish::Default | EdidWish::Offered(_))) => Ok(wish),
        _ => Err(NotAllowed::new("video.edid", name, allowed).into()),
    }
}

pub(crate) async fn get(call: Call, _viewer: Viewer) -> Answer {
    Ok(view(&call))
}

/// Keeps the wish, and answers when the device has been told, or has had its time.
pub(crate) async fn change(call: Call, operator: Operator) -> Answer {
    let change: EdidChange = call.json()?;
    let wish = change.wish()?;
    let mut told = call.face.services.stream.edid();
    // A wish that was made for another device can always be taken back.
    if told.borrow().state == EdidState::Fixed && !wish.is_default() {
        return Err(ApiError::FixedEdid);
    }
    let wanted = wish.clone();
    let services = &call.face.services;
    services
        .change(|settings| settings.video.edid = wanted)
        .await?;
    call.note(&operator, What::SettingsChanged, "EDID");
    let is_told = told.wait_for(|told| told.wish == wish);
    let _ = tokio::time::timeout(PATIENCE, is_told).await;
    Ok(view(&call))
}

fn view(call: &Call) -> warp::reply::Response {
    let services = &call.face.services;
    let EdidTold { state, .. } = services.stream.edid().borrow().clone();
    let (device, says, faults) = match state {
        EdidState::NoDevice => (EdidDevice::NoDevice, None, Vec::new()),
        EdidState::Fixed => (EdidDevice::Fixed, None, Vec::new()),
        EdidState::Refused => (EdidDevice::Refused, None, Vec::new()),
        EdidState::Told(bytes) => match Edid::parse(&bytes) {
            Ok(edid) => (EdidDevice::Changeable, Some(edid.description()), Vec::new()),
            Err(faults) => (EdidDevice::Changeable, None, faults.sentences().collect()),
        },
    };
    let choice = match services.settings.current().video.edid {
        EdidWish::Own(_) => UPLOADED.to_owned(),
        wish => wish.into(),
    };
    let offers = Offer::ALL.map(Offer::name).to_vec();
    let view = EdidView {
        device,
        choice,
        offers,
        says,
        faults,
    };
    warp::reply::json(&view).into_response()
}
