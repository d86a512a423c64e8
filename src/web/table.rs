//! Every route of the appliance. What is not listed here does not exist. Those about people are in
//! [`people`], those about the certificate in [`trust`], those about the picture's size and EDID in [`picture`], those about text for the target in [`typing`], those about what
//! is wrong in [`care`], those about Wi-Fi in [`air`].

mod air;
mod care;
mod people;
mod picture;
mod trust;
mod typing;

use std::future::ready;

use http::Method;
use http::header::{self, HeaderValue};
use warp::reply::Reply as _;

use super::gate::Viewer;
use super::route::{Answer, Call, Handler, Parameter, Route};
use super::{
    about, account, control, mjpeg, network, openapi, page, power, reset, settings, snapshot,
    status, update, video, wake,
};

const NO_PICTURE: (u16, &str) = (503, "There is no picture; the message says why");
const BAD_BODY: (u16, &str) = (
    422,
    "The body is not as described; the message names the field and what is allowed",
);
const PROOF: (u16, &str) = (
    401,
    "Wrong: `login`. The password is right, and a code is needed: `second_factor`; or the code is wrong: `second_factor_wrong`; or the clock is not set, so only a recovery code can be right: `second_factor_clock`",
);
const SLOW_DOWN: (u16, &str) = (429, "Too many attempts; wait for `Retry-After` seconds");

/// The interface, then the page's files.
pub(crate) fn table() -> Vec<Route> {
    let mut table = access();
    table.extend(people::routes());
    table.extend(trust::routes());
    table.extend(console());
    table.extend(picture::routes());
    table.extend(typing::routes());
    table.extend(network());
    table.extend(air::routes());
    table.extend(updates());
    table.extend(care::routes());
    table.extend(page::assets().map(|(path, asset)| {
        let answer = move |call: Call| ready(Ok(asset.answer(&call.headers)));
        Route::new(Method::GET, path, Handler::public(answer))
    }));
    table
}

fn access() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/ca.crt", Handler::public(ca))
            .about(
                "The certificate of the appliance's own CA, PEM. Trust it to trust the appliance.",
            )
            .gives_media("application/x-x509-ca-cert"),
        Route::new(
            Method::GET,
            "/api/v1/state",
            Handler::public(account::state),
        )
        .about(
            "What everybody may know: name, version, whether somebody owns it, who is logged in.",
        )
        .gives::<account::State>(),
        Route::new(
            Method::POST,
            "/api/v1/claim",
            Handler::claim_window(account::claim),
        )
        .about("Make the first account of a new appliance and log it in.")
        .takes::<account::Claim>()
        .refusals(&[
            (403, "The claim window is closed"),
            (409, "Claimed already"),
            BAD_BODY,
            SLOW_DOWN,
        ]),
        Route::new(
            Method::POST,
            "/api/v1/session",
            Handler::claimed(account::login),
        )
        .about("Log in: the answer sets the cookie `__Host-session`.")
        .takes::<account::Login>()
        .refusals(&[PROOF, BAD_BODY, SLOW_DOWN]),
        Route::new(
            Method::GET,
            "/api/v1/session",
            Handler::viewer(account::who),
        )
        .about("Who is logged in.")
        .gives::<account::Who>(),
        Route::new(
            Method::DELETE,
            "/api/v1/session",
            Handler::viewer(account::log_out),
        )
        .about("Log out. The session's sockets are closed with 4401."),
        Route::new(
            Method::GET,
            "/api/openapi.json",
            Handler::viewer(description),
        )
        .about("This description.")
        .gives_media("application/json"),
    ]
}

fn console() -> Vec<Route> {
    const CODEC: &[Parameter] = &[Parameter {
        name: "codec",
        place: "query",
        about: "`h264` asks for that, where the board has an encoder; anything else, or nothing, is JPEG.",
    }];
    vec![
        Route::new(Method::GET, "/api/v1/video", Handler::viewer(video::open))
            .about(openapi::VIDEO_SOCKET)
            .parameters(CODEC)
            .socket(),
        Route::new(
            Method::GET,
            "/api/v1/control",
            Handler::operator(control::open),
        )
        .about(openapi::CONTROL_SOCKET)
        .socket(),
        Route::new(
            Method::GET,
            "/api/v1/snapshot.jpg",
            Handler::viewer(snapshot::take),
        )
        .about("One fresh picture.")
        .gives_media("image/jpeg")
        .refusals(&[NO_PICTURE]),
        Route::new(
            Method::GET,
            "/api/v1/stream.mjpeg",
            Handler::viewer(mjpeg::open),
        )
        .about(
            "Pictures without end, one part each; one that does not change is sent once a second.",
        )
        .gives_media("multipart/x-mixed-replace"),
        Route::new(
            Method::GET,
            "/api/v1/settings",
            Handler::viewer(settings::get),
        )
        .about("The settings that can be changed at run time.")
        .gives::<settings::RuntimeSettings>(),
        Route::new(
            Method::PATCH,
            "/api/v1/settings",
            Handler::operator(settings::change),
        )
        .about("Change any subset of them; the answer is what is in force then.")
        .takes::<settings::RuntimeSettingsChange>()
        .gives::<settings::RuntimeSettings>()
        .refusals(&[BAD_BODY]),
        Route::new(Method::GET, "/api/v1/status", Handler::viewer(status::get))
            .about("Signal, counters, USB, lights, who is in control.")
            .gives::<status::Status>(),
        Route::new(Method::GET, "/api/v1/about", Handler::viewer(about::get))
            .about("Version, and the software that the image is made of, with licences.")
            .gives::<about::About>(),
        Route::new(
            Method::POST,
            "/api/v1/factory-reset",
            Handler::confirmed(reset::begin),
        )
        .about("Forget everything, accounts, keys and settings, and restart: nobody owns the appliance then. No answer tells when it is done.")
        .refusals(&[(409, "`not_managed`: another system keeps the data")]),
        Route::new(Method::GET, "/api/v1/power", Handler::admin(power::get))
            .about("Whether the appliance can be restarted and shut down from here, and what that would interrupt.")
            .gives::<power::PowerView>(),
        Route::new(Method::POST, "/api/v1/power", Handler::updater(power::order))
            .about("Restart the appliance, or shut it down until its power is taken away and given again. Everything that is held on the target is let go first. No answer tells when it is done: sockets close with 1001 before a restart, with 4410 before it is off.")
            .takes::<power::Order>()
            .refusals(&[
                (409, "`not_managed`: another system has the machine; `busy`: it is ordered already"),
                BAD_BODY,
            ]),
    ]
}

fn network() -> Vec<Route> {
    const NONE: (u16, &str) = (409, "No change is on trial");
    vec![
        Route::new(Method::GET, "/api/v1/network", Handler::admin(network::get))
            .about("How the appliance is called and reached, and what its clock says.")
            .gives::<network::NetworkView>(),
        Route::new(
            Method::PUT,
            "/api/v1/network",
            Handler::admin(network::change),
        )
        .about("Change it on trial: in force at once, undone unless it is confirmed in time.")
        .takes::<network::Wanted>()
        .accepts::<network::Trial>()
        .refusals(&[
            (
                409,
                "Another change is on trial, or the network is not managed by the appliance",
            ),
            BAD_BODY,
        ]),
        Route::new(
            Method::POST,
            "/api/v1/network/confirm",
            Handler::admin(network::confirm),
        )
        .about("Keep the change that is on trial: written to the settings.")
        .refusals(&[NONE]),
        Route::new(
            Method::POST,
            "/api/v1/network/revert",
            Handler::admin(network::revert),
        )
        .about("Undo the change that is on trial.")
        .refusals(&[NONE]),
        Route::new(Method::GET, "/api/v1/wake", Handler::operator(wake::get))
            .about("The other machines that Wake-on-LAN can wake.")
            .gives::<wake::Wake>(),
        Route::new(Method::PUT, "/api/v1/wake", Handler::admin(wake::change))
            .about("Replace the list, at most 64 machines.")
            .takes::<wake::List>()
            .at_most(wake::BODY_LIMIT)
            .gives::<wake::Wake>()
            .refusals(&[BAD_BODY]),
        Route::new(Method::POST, "/api/v1/wake/send", Handler::operator(wake::send))
            .about("Send the magic packet to a machine on the list. Nobody answers it: whether the machine wakes is seen elsewhere.")
            .takes::<wake::Order>()
            .gives::<wake::Sent>()
            .refusals(&[
                (409, "`not_managed`: the network is another system's; `no_link`: the appliance's own cable is out"),
                BAD_BODY,
            ]),
    ]
}

fn updates() -> Vec<Route> {
    const NOT_NOW: (u16, &str) = (
        409,
        "Not now: updates are not possible here, something is under way, or there is nothing to do; the message says which",
    );
    const CARD: (u16, &str) = (503, "The card, or the board's boot firmware, fails");
    const PARAMETERS: &[Parameter] = &[
        Parameter {
            name: "restart",
            place: "query",
            about: "`yes`: start the new system, on trial, when it is installed; `no`, or nothing: wait for `/api/v1/update/trial`.",
        },
        Parameter {
            name: "Content-Range",
            place: "header",
            about: "`bytes FIRST-LAST/TOTAL`: goes on with an upload that was interrupted, at or before the job's `resume_at`.",
        },
    ];
    vec![
        Route::new(Method::GET, "/api/v1/update", Handler::admin(update::get))
            .about("What is in the two slots, how far an install is, what the release channel has.")
            .gives::<update::UpdateView>(),
        Route::new(
            Method::PUT,
            "/api/v1/update/bundle",
            Handler::updater_stream(update::upload),
        )
        .about("Install this bundle into the other slot. Answers when it is installed, or why it is not.")
        .takes_media("application/octet-stream")
        .parameters(PARAMETERS)
        .gives::<update::UpdateView>()
        .refusals(&[
            (400, "The bundle is not complete"),
            NOT_NOW,
            (413, "Larger than any bundle"),
            (422, "The bundle is not trusted, not for this appliance, or damaged; or a parameter is not as described"),
            CARD,
        ]),
        Route::new(
            Method::POST,
            "/api/v1/update/url",
            Handler::updater(update::url),
        )
        .about("Fetch a bundle from a web server and install it into the other slot.")
        .takes::<update::Fetch>()
        .accepts::<update::UpdateView>()
        .refusals(&[NOT_NOW, BAD_BODY]),
        Route::new(
            Method::POST,
            "/api/v1/update/check",
            Handler::admin(update::check),
        )
        .about("Ask the release channel now.")
        .gives::<update::UpdateView>()
        .refusals(&[NOT_NOW, (502, "The channel cannot be reached, or is not to be trusted")]),
        Route::new(
            Method::POST,
            "/api/v1/update/channel",
            Handler::updater(update::channel),
        )
        .about("Install the release channel's newest release into the other slot.")
        .takes::<update::Newest>()
        .accepts::<update::UpdateView>()
        .refusals(&[NOT_NOW, BAD_BODY]),
        Route::new(
            Method::POST,
            "/api/v1/update/cancel",
            Handler::admin(update::cancel),
        )
        .about("End the install that is under way. The other slot stays unusable until the next one.")
        .refusals(&[NOT_NOW]),
        Route::new(
            Method::POST,
            "/api/v1/update/trial",
            Handler::updater(update::trial),
        )
        .about("Restart into the other slot, once: after an install, to try again, or to roll back.")
        .accepts::<update::UpdateView>()
        .refusals(&[NOT_NOW, (422, "What is in the other slot is older than allowed"), CARD]),
    ]
}

async fn ca(call: Call) -> Answer {
    let mut response = http::Response::new(call.face.identity.ca_pem()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-x509-ca-cert"),
    );
    let name = HeaderValue::from_static("attachment; filename=\"farseat-ca.crt\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

async fn description(_call: Call, _viewer: Viewer) -> Answer {
    Ok(warp::reply::json(&openapi::openapi()).into_response())
}
