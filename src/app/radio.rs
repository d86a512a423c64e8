//! `farseat radio LINK`: becomes what joins wireless networks (wpa_supplicant), after it has given away all that this does not
//! need. Init starts it; `serve` speaks with it over a socket that init makes.

use std::ffi::CString;

use super::appliance::AppError;
use super::command::Radio;
use super::with_causes;
use crate::sys::fexecve::{self, Program};
use crate::sys::signal_mask::SignalSet;
use crate::{confine, init};

/// Why it did not become that.
#[derive(Debug, thiserror::Error)]
pub(super) enum RadioRoleError {
    #[error("open {}", init::RADIO_PROGRAM)]
    Open(#[source] std::io::Error),
    #[error("{0} is no name of a link")]
    Name(String),
    #[error("start {}", init::RADIO_PROGRAM)]
    Start(#[source] std::io::Error),
}

pub(super) fn run(options: &Radio) -> Result<(), AppError> {
    let arguments = arguments(&options.link)?;
    // Afterwards there is no way to it.
    let program = Program::open(init::RADIO_PROGRAM).map_err(RadioRoleError::Open)?;
    SignalSet::block_none().map_err(AppError::Signals)?;
    confine::enter_radio(init::RADIO, init::RADIO_FOLDER)?;
    if let Err(error) = confine::keep_radio(&program, init::RADIO_FOLDER) {
        log::error!("radio: not confined to its files: {}", with_causes(&error));
    }
    if let Err(error) = confine::keep_radio_calls() {
        log::error!("radio: not confined to its calls: {}", with_causes(&error));
    }
    let Err(error) = fexecve::become_program(&program, &arguments);
    Err(RadioRoleError::Start(error).into())
}

/// It opens this radio, and is told everything else over its socket. What it has to say goes there as well.
fn arguments(link: &str) -> Result<Vec<CString>, RadioRoleError> {
    let words = [
        "wpa_supplicant",
        "-qq",
        "-Dnl80211",
        "-C",
        init::RADIO_FOLDER,
        "-i",
        link,
    ];
    let words: Result<Vec<_>, _> = words.into_iter().map(CString::new).collect();
    // The kernel's own limit is 15 bytes.
    let fits =
        (1..16).contains(&link.len()) && !link.starts_with('-') && !link.contains(['/', ' ']);
    words
        .ok()
        .filter(|_| fits)
        .ok_or_else(|| RadioRoleError::Name(link.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_of_a_link_is_one() {
        assert!(arguments("wlan0").is_ok());
        for bad in ["", "-c", "a/b", "a b", "a\0b", "sixteen-letters-"] {
            assert!(arguments(bad).is_err(), "{bad}");
        }
    }
}
