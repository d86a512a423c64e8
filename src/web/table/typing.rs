//! The routes about keyboard layouts and texts that are typed, and about the cable that they take.

use http::Method;

use super::super::route::{Handler, Parameter, Route};
use super::super::{paste, usb};

const LAYOUT: &[Parameter] = &[Parameter {
    name: "id",
    place: "query",
    about: "A layout's id, such as `us` or `de-nodeadkeys`.",
}];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/layouts", Handler::viewer(paste::layouts))
            .about("The keyboard layouts that the target may have.")
            .gives::<paste::Layouts>(),
        Route::new(Method::GET, "/api/v1/layout", Handler::viewer(paste::layout))
            .about("What the keys of a layout mean.")
            .parameters(LAYOUT)
            .gives::<paste::LayoutView>()
            .refusals(&[(422, "There is no such layout")]),
        Route::new(Method::GET, "/api/v1/paste", Handler::operator(paste::state))
            .about("How far the text is that is being typed.")
            .gives::<paste::State>(),
        Route::new(Method::POST, "/api/v1/paste", Handler::operator(paste::paste))
            .about("Type a text on the target. Answers when it has begun; with `dry_run` 200, and nothing is typed.")
            .takes::<paste::Paste>()
            .at_most(paste::BODY_LIMIT)
            .accepts::<paste::PlanView>()
            .refusals(&[
                (409, "Somebody else has the keyboard: `in_control`; or another text is being typed: `busy`"),
                (413, "Larger than 64 KiB"),
                (422, "The layout does not have all characters: `untypable`; or the body is not as described"),
            ]),
        Route::new(Method::POST, "/api/v1/paste/steer", Handler::operator(paste::steer))
            .about("Pause, resume or stop the text that is being typed.")
            .takes::<paste::Steering>()
            .refusals(&[(409, "Nothing is being typed: `not_pasting`")]),
        Route::new(Method::GET, "/api/v1/usb", Handler::viewer(usb::get))
            .about("What the target sees of the appliance on USB.")
            .gives::<usb::UsbView>(),
        Route::new(Method::PUT, "/api/v1/usb", Handler::admin(usb::change))
            .about("Change what the target sees. Answers when the target has found the new device; one that it does not find within 15 seconds is forgotten, and the old one shown again.")
            .takes::<usb::ProfileView>()
            .gives::<usb::Tried>()
            .refusals(&[
                (409, "`not_found_by_target`: the old one is shown again; `trying`: another trial is on; `not_managed`: the cable is not in this program's hands"),
                (422, "A field that is not allowed"),
            ]),
        Route::new(Method::POST, "/api/v1/usb/rest", Handler::operator(usb::plug_in_rest))
            .about("Plug in what waits beside the keyboard. Answers when the target has found it.")
            .gives::<usb::Tried>()
            .refusals(&[(409, "As for a change")]),
        Route::new(Method::POST, "/api/v1/usb/keyboard", Handler::operator(usb::keyboard_alone))
            .about("Unplug all but the boot keyboard. Answers when the target has found it.")
            .gives::<usb::Tried>()
            .refusals(&[(409, "As for a change")]),
        Route::new(Method::POST, "/api/v1/usb/reset", Handler::operator(usb::reset))
            .about("Take the USB cable out for a second, as the target sees it. Interrupts whoever uses it.")
            .refusals(&[(409, "`not_managed`: the cable is not in this program's hands")]),
        Route::new(Method::POST, "/api/v1/usb/wake", Handler::operator(usb::wake))
            .about("Wake a target that sleeps, by USB's remote wake-up. Answers when it is awake.")
            .refusals(&[(409, "`awake`: it does not sleep; `cannot_wake`: this board's USB controller cannot; `still_asleep`: it was told, and sleeps on")]),
    ]
}
