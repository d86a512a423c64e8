//! The routes about what is wrong with the appliance.

use http::Method;

use super::super::route::{Handler, Parameter, Route};
use super::super::{diagnostics, log, support};

pub(super) fn routes() -> Vec<Route> {
    const LAST: &[Parameter] = &[Parameter {
        name: "Last-Event-ID",
        place: "header",
        about: "The number of the last line that is known.",
    }];
    const REDACT: &[Parameter] = &[Parameter {
        name: "redact",
        place: "query",
        about: "`yes`, or nothing: names, addresses and serial numbers have stand-ins; `no`: they do not.",
    }];
    vec![
        Route::new(
            Method::GET,
            "/api/v1/diagnostics",
            Handler::operator(diagnostics::get),
        )
        .about("How the appliance is, and what is wrong with it, the gravest first.")
        .gives::<diagnostics::Diagnostics>(),
        Route::new(Method::GET, "/api/v1/log", Handler::admin(log::open))
            .about("Log lines as they come, those that are kept first. Each event is JSON: number, time, uptime_ms, level, part, text.")
            .parameters(LAST)
            .gives_media("text/event-stream"),
        Route::new(
            Method::GET,
            "/api/v1/support",
            Handler::admin(support::get),
        )
        .about("One file for whoever helps: system, diagnostics, network, updates, settings, log. No secrets, nothing that was typed.")
        .parameters(REDACT)
        .gives_media("application/json")
        .refusals(&[(422, "The query is not as described")]),
    ]
}
