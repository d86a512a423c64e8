//! The routes about what the picture is asked to be: its size, and what the capture device tells the target of itself.

use http::Method;

use super::super::route::{Handler, Route};
use super::super::{edid, size};
use super::BAD_BODY;

pub(super) fn routes() -> Vec<Route> {
    const NONE: (u16, &str) = (409, "No size is on trial");
    vec![
        Route::new(Method::GET, "/api/v1/video/size", Handler::viewer(size::get))
            .about("The size that the source is asked for, and the one that is on trial.")
            .gives::<size::PictureSize>(),
        Route::new(Method::POST, "/api/v1/video/size", Handler::operator(size::change))
            .about("Another size, on trial: in force at once, undone unless it is confirmed within 15 seconds, whatever becomes of who asked.")
            .takes::<size::SizeWish>()
            .accepts::<size::PictureSize>()
            .refusals(&[BAD_BODY]),
        Route::new(Method::POST, "/api/v1/video/size/confirm", Handler::operator(size::confirm))
            .about("Keep the size that is on trial: written to the settings.")
            .refusals(&[NONE]),
        Route::new(Method::POST, "/api/v1/video/size/revert", Handler::operator(size::revert))
            .about("Undo the size that is on trial.")
            .refusals(&[NONE]),
        Route::new(Method::GET, "/api/v1/edid", Handler::viewer(edid::get))
            .about("What the capture device tells the target about itself as a display.")
            .gives::<edid::EdidView>(),
        Route::new(Method::PUT, "/api/v1/edid", Handler::operator(edid::change))
            .about("Have the capture device tell the target something else; the picture is gone for a moment. Kept, and told again to a device that was plugged in anew.")
            .takes::<edid::EdidChange>()
            .gives::<edid::EdidView>()
            .refusals(&[
                (409, "`edid_fixed`: this capture device's EDID cannot be changed"),
                (422, "`edid`: the file is no valid EDID, the message says all that is wrong with it; or the body is not as described"),
            ]),
    ]
}
