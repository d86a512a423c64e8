//! The routes about Wi-Fi.

use http::Method;

use super::super::route::{Handler, Route};
use super::super::wifi;
use super::BAD_BODY;

const NO_RADIO: (u16, &str) = (409, "`no_wifi`: this board has none");
const NOT_NOW: (u16, &str) = (
    409,
    "`no_wifi`: this board has none; `pending`: another change is on trial; `full`: as many networks are known as there may be",
);
const NONE: (u16, &str) = (
    409,
    "`not_pending`: no change is on trial; `not_joined`: the network is not joined yet",
);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/wifi", Handler::admin(wifi::get))
            .about("The Wi-Fi: what is joined, known and near. No password is ever in it.")
            .gives::<wifi::WifiView>(),
        Route::new(Method::POST, "/api/v1/wifi/scan", Handler::admin(wifi::scan))
            .about("Look around; the list comes with `GET /api/v1/wifi` when `looked_s_ago` begins anew.")
            .refusals(&[NO_RADIO]),
        Route::new(Method::POST, "/api/v1/wifi/join", Handler::admin(wifi::join))
            .about("Join a network, on trial: when that fails, or is not confirmed in time, what worked before is joined again.")
            .takes::<wifi::Join>()
            .accepts::<wifi::Trial>()
            .refusals(&[NOT_NOW, BAD_BODY]),
        Route::new(Method::POST, "/api/v1/wifi/forget", Handler::admin(wifi::forget))
            .about("Forget a network, on trial.")
            .takes::<wifi::Forget>()
            .accepts::<wifi::Trial>()
            .refusals(&[(404, "No network of this name is known"), NOT_NOW, BAD_BODY]),
        Route::new(Method::PUT, "/api/v1/wifi/own", Handler::admin(wifi::give))
            .about("Give a network of the appliance's own, which others join, on trial; or do not any more. No other is joined meanwhile.")
            .takes::<wifi::Give>()
            .accepts::<wifi::Trial>()
            .refusals(&[NOT_NOW, BAD_BODY]),
        Route::new(Method::PUT, "/api/v1/wifi/country", Handler::admin(wifi::place))
            .about("Say where the appliance is, on trial: it decides which channels may be used, and how loudly.")
            .takes::<wifi::Place>()
            .accepts::<wifi::Trial>()
            .refusals(&[NOT_NOW, BAD_BODY]),
        Route::new(Method::POST, "/api/v1/wifi/confirm", Handler::admin(wifi::confirm))
            .about("Keep the change that is on trial.")
            .refusals(&[NONE]),
        Route::new(Method::POST, "/api/v1/wifi/revert", Handler::admin(wifi::revert))
            .about("Undo the change that is on trial.")
            .refusals(&[NONE]),
    ]
}
