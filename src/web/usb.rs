//! The USB cable as a whole: what the target is shown there; reset it, wake the target by it. All of it is recorded.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::error::ApiError;
use super::gate::{Admin, Operator, Viewer};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::console::Trial;
use crate::hid::Port;
use crate::hid::functions::{self, Functions};
use crate::settings::NotAllowed;
use crate::target::UsbProfile;

/// What the target sees of the appliance on USB.
#[derive(Serialize, JsonSchema)]
pub(crate) struct UsbView {
    profile: ProfileView,
    /// What the target is shown just now.
    shown: Vec<Port>,
    budget: Budget,
}

/// Who the appliance is on USB, and what it offers there.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileView {
    /// Not 0.
    vendor_id: u16,
    product_id: u16,
    /// This and the next two: at most 126 characters (UTF-16), no control characters.
    manufacturer: String,
    product: String,
    /// Empty = one that is made for this device.
    serial: String,
    /// The keyboard is always among them.
    functions: Vec<Port>,
    /// Show the boot keyboard first and alone, and the rest when somebody plugs it in.
    keyboard_first: bool,
}

/// What the Raspberry Pi 4's USB controller has room for.
#[derive(Serialize, JsonSchema)]
struct Budget {
    /// Endpoints in all.
    endpoints: u8,
    /// Taken by the control pipe.
    control: u8,
    functions: Vec<Cost>,
}

/// What one function takes of it.
#[derive(Serialize, JsonSchema)]
struct Cost {
    function: Port,
    endpoints: u8,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tried {
    trial: Trial,
    /// What the target is shown now.
    shown: Vec<Port>,
}

impl ProfileView {
    fn of(profile: UsbProfile) -> ProfileView {
        ProfileView {
            vendor_id: profile.vendor_id,
            product_id: profile.product_id,
            manufacturer: profile.manufacturer,
            product: profile.product,
            serial: profile.serial,
            functions: profile.functions.into(),
            keyboard_first: profile.keyboard_first,
        }
    }

    fn profile(self) -> Result<UsbProfile, NotAllowed> {
        let given = format!("{:?}", self.functions);
        let refused = |_| NotAllowed::new("usb.functions", &given, functions::ALLOWED);
        Ok(UsbProfile {
            vendor_id: self.vendor_id,
            product_id: self.product_id,
            manufacturer: self.manufacturer,
            product: self.product,
            serial: self.serial,
            functions: Functions::try_from(self.functions).map_err(refused)?,
            keyboard_first: self.keyboard_first,
        })
    }
}

pub(crate) async fn get(call: Call, _viewer: Viewer) -> Answer {
    let services = &call.face.services;
    let cost = |function| Cost {
        function,
        endpoints: functions::FUNCTION_ENDPOINTS,
    };
    let view = UsbView {
        profile: ProfileView::of(services.settings.current().usb),
        shown: shown(&call),
        budget: Budget {
            endpoints: functions::PI4_ENDPOINTS,
            control: functions::CONTROL_ENDPOINTS,
            functions: Port::ALL.map(cost).into(),
        },
    };
    Ok(warp::reply::json(&view).into_response())
}

/// Kept only when the target has found it.
pub(crate) async fn change(call: Call, admin: Admin) -> Answer {
    let wanted: ProfileView = call.json()?;
    let profile = wanted.profile().map_err(ApiError::from)?;
    let services = call.face.services.clone();
    let mut settings = services.settings.current();
    settings.usb = profile.clone();
    settings.check().map_err(ApiError::from)?;
    call.note(&admin, What::SettingsChanged, "usb");
    // In a task of its own: what the target has found is kept, whether the page that asked is still there or not.
    let kept = tokio::spawn(async move {
        let trial = services.console.show(profile.clone()).await?;
        services.change(|settings| settings.usb = profile).await?;
        Ok::<_, ApiError>(trial)
    });
    Ok(tried(&call, kept.await??))
}

pub(crate) async fn plug_in_rest(call: Call, operator: Operator) -> Answer {
    call.note(&operator, What::UsbReset, "the rest is plugged in");
    let trial = call.face.services.console.plug_in_rest().await?;
    Ok(tried(&call, trial))
}

pub(crate) async fn keyboard_alone(call: Call, operator: Operator) -> Answer {
    call.note(&operator, What::UsbReset, "the keyboard alone");
    let trial = call.face.services.console.keyboard_alone().await?;
    Ok(tried(&call, trial))
}

fn tried(call: &Call, trial: Trial) -> warp::reply::Response {
    let shown = shown(call);
    warp::reply::json(&Tried { trial, shown }).into_response()
}

fn shown(call: &Call) -> Vec<Port> {
    let state = call.face.services.console.state();
    let functions = state.borrow().shown.functions;
    functions.into()
}

/// Done is that it was begun; the link tells the rest.
pub(crate) async fn reset(call: Call, operator: Operator) -> Answer {
    call.face.services.console.reset_usb()?;
    call.note(&operator, What::UsbReset, "");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Answers when the target is awake.
pub(crate) async fn wake(call: Call, operator: Operator) -> Answer {
    call.note(&operator, What::TargetWoken, "");
    call.face.services.console.wake().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
