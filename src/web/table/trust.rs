//! The routes about the certificate.

use http::Method;

use super::super::route::{Handler, Route};
use super::super::trust;

/// Bodies hold PEM texts.
const REFUSED: &[(u16, &str)] = &[
    (413, "Larger than 64 KiB"),
    (
        422,
        "`certificate`: the chain, the key, the names or the dates are not right; the message says which, `next` what to do",
    ),
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/certificate", Handler::admin(trust::get))
            .about("The certificate that is served: the appliance's own, or one that was uploaded.")
            .gives::<trust::Certificate>(),
        Route::new(
            Method::POST,
            "/api/v1/certificate/check",
            Handler::admin(trust::check),
        )
        .about("Look at a certificate and its key without using them; the answer is how it would be served.")
        .takes::<trust::Upload>()
        .at_most(trust::BODY_LIMIT)
        .gives::<trust::Certificate>()
        .refusals(REFUSED),
        Route::new(
            Method::POST,
            "/api/v1/certificate/use",
            Handler::confirmed(trust::replace),
        )
        .about("Serve this certificate from now on. Connections that are open go on; new ones have it.")
        .takes::<trust::Upload>()
        .at_most(trust::BODY_LIMIT)
        .gives::<trust::Certificate>()
        .refusals(REFUSED),
        Route::new(
            Method::POST,
            "/api/v1/certificate/forget",
            Handler::confirmed(trust::forget),
        )
        .about("Delete the uploaded certificate and its key, and serve the appliance's own again.")
        .gives::<trust::Certificate>(),
    ]
}
