//! Why an update was not done: a code for programs, a sentence for people, and what they can do about it.

use super::status::Unavailable;
use crate::slot::refusal::Refusal;

/// Why not. Whatever it is, the system that runs is what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("updates are not possible here: {0}")]
    Unavailable(Unavailable),
    #[error("the bundle ends after {got} bytes: it is not complete")]
    Truncated { got: u64 },
    #[error("the bundle has more bytes than were signed: it was changed or damaged")]
    Trailing,
    #[error("the file is larger than any bundle")]
    Oversize,
    #[error("the upload was interrupted and did not go on")]
    Interrupted,
    #[error("another upload has taken the place of this one")]
    Superseded,
    #[error("no interrupted upload goes on at this byte; the next one is {}", wanted.map_or("0, of a new upload".to_owned(), |at| at.to_string()))]
    Range { wanted: Option<u64> },
    #[error("the installation was canceled")]
    Canceled,
    #[error("this is no address of a file that can be fetched: {0}")]
    Url(&'static str),
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    #[error("the server cannot be trusted: {0}")]
    Tls(String),
    #[error("the server answers with status {0}")]
    Status(u16),
    #[error("the connection was lost again and again")]
    Dropped,
    #[error("the file on the card cannot be read: {0}")]
    File(String),
    #[error("no release channel is set")]
    NoChannel,
    #[error("the release channel's list is damaged: {0}")]
    Index(String),
    #[error("the release channel's list is not signed with a key that this release trusts")]
    IndexSignature,
    #[error("the release channel's list is older than one that was seen before")]
    IndexOld,
    #[error("the release channel has no release for this appliance")]
    NothingForUs,
    #[error("the appliance restarts")]
    Restarting,
    /// A defect.
    #[error("the updater lost its place")]
    Lost,
}

impl UpdateError {
    /// For programs; does not change.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            UpdateError::Refused(refusal) => refused(*refusal),
            UpdateError::Unavailable(_) => "updates_unavailable",
            UpdateError::Truncated { .. } => "truncated",
            UpdateError::Trailing => "trailing_data",
            UpdateError::Oversize => "oversize",
            UpdateError::Interrupted => "interrupted",
            UpdateError::Superseded => "superseded",
            UpdateError::Range { .. } => "wrong_range",
            UpdateError::Canceled => "canceled",
            UpdateError::Url(_) => "bad_url",
            UpdateError::Unreachable(_) => "unreachable",
            UpdateError::Tls(_) => "untrusted_server",
            UpdateError::Status(_) => "server_refused",
            UpdateError::Dropped => "connection_lost",
            UpdateError::File(_) => "file_unreadable",
            UpdateError::NoChannel => "no_channel",
            UpdateError::Index(_) => "index_malformed",
            UpdateError::IndexSignature => "index_signature",
            UpdateError::IndexOld => "index_old",
            UpdateError::NothingForUs => "nothing_for_us",
            UpdateError::Restarting => "restarting",
            UpdateError::Lost => "lost",
        }
    }

    /// What the reader can do.
    #[must_use]
    pub fn next(&self) -> &'static str {
        match self {
            UpdateError::Refused(refusal) => after(*refusal),
            UpdateError::Unavailable(_) => {
                "Flash a card with the Farseat image to get updates in place."
            }
            UpdateError::Truncated { .. } | UpdateError::Trailing => DOWNLOAD_AGAIN,
            UpdateError::Oversize => "Choose a bundle: its name ends with .farseat.",
            UpdateError::Interrupted | UpdateError::Superseded => {
                "Start again: what is on the card already is not sent again."
            }
            UpdateError::Range { .. } => {
                "Ask how the job stands and go on at its resume_at, or send the file from its beginning."
            }
            UpdateError::Canceled => {
                "Start again whenever you like: what is on the card already is not sent again."
            }
            UpdateError::Url(_) => "Give an address that begins with https:// or http://.",
            UpdateError::Unreachable(_) => {
                "Look whether the appliance has a way out and names can be resolved, then try again."
            }
            UpdateError::Tls(_) => {
                "Look whether the appliance's clock is right and whether the address is the server's real name."
            }
            UpdateError::Status(_) => "Check the address: the file may have moved.",
            UpdateError::Dropped => {
                "Try again when the network is steady: what is on the card already is not fetched again."
            }
            UpdateError::File(_) => "Copy the file onto the card again.",
            UpdateError::NoChannel => {
                "Set update.channel in settings.toml, or install from a file."
            }
            UpdateError::Index(_) | UpdateError::IndexSignature | UpdateError::IndexOld => {
                "Tell whoever runs the channel; install from a file meanwhile."
            }
            UpdateError::NothingForUs => "Install a bundle for this board from a file.",
            UpdateError::Restarting => "Wait until the appliance is back.",
            UpdateError::Lost => "Try again; if it happens twice, report it with the log.",
        }
    }
}

const DOWNLOAD_AGAIN: &str =
    "Download the bundle again and compare its SHA-256 with the published one.";

fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoCard => "updates_unavailable",
        Refusal::Busy => "busy",
        Refusal::NotBusy => "no_job",
        Refusal::OnTrial => "on_trial",
        Refusal::NotPrimary => "not_primary",
        Refusal::Malformed => "malformed",
        Refusal::UnknownKey => "unknown_key",
        Refusal::WrongSignature => "wrong_signature",
        Refusal::Product => "wrong_product",
        Refusal::Hardware => "wrong_hardware",
        Refusal::Bootloader => "old_bootloader",
        Refusal::Downgrade => "downgrade",
        Refusal::NotBootable => "not_bootable",
        Refusal::Block(_) => "damaged_block",
        Refusal::Incomplete => "incomplete_install",
        Refusal::Image => "card_failing",
        Refusal::Read(_) => "card_unreadable",
        Refusal::Write(_) => "card_unwritable",
        Refusal::NotWhole => "nothing_to_start",
        Refusal::Flag => "trial_flag",
    }
}

fn after(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoCard => "Flash a card with the Farseat image to get updates in place.",
        Refusal::Busy => "Wait until it is done, or cancel it.",
        Refusal::NotBusy => "There is nothing to do.",
        Refusal::OnTrial => "It takes a minute and a half at most; then try again.",
        Refusal::NotPrimary => "Restart the appliance, then try again.",
        Refusal::Malformed => {
            "Choose a bundle, whose name ends with .farseat, or download it again."
        }
        Refusal::UnknownKey => {
            "Use a bundle from where your Farseat comes from; never install one that somebody sent you."
        }
        Refusal::WrongSignature | Refusal::Block(_) => DOWNLOAD_AGAIN,
        Refusal::Product | Refusal::Hardware => "Choose the bundle for this board.",
        Refusal::Bootloader => {
            "Update the board's EEPROM with Raspberry Pi's own tool, then install again."
        }
        Refusal::Downgrade => "Choose a newer release. To go back further, flash the card anew.",
        Refusal::NotBootable => {
            "Tell whoever made the bundle; the appliance goes on with what it has."
        }
        Refusal::Incomplete => "Start the installation again.",
        Refusal::Image | Refusal::Read(_) | Refusal::Write(_) => {
            "Get a new card ready: this one may not start again one day. Keep a copy of your settings."
        }
        Refusal::NotWhole => "Install a release first.",
        Refusal::Flag => "Update the board's EEPROM, or switch the power off and on and try again.",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn all() -> Vec<UpdateError> {
        let own = [
            UpdateError::Unavailable(Unavailable::Lost),
            UpdateError::Truncated { got: 5 },
            UpdateError::Trailing,
            UpdateError::Oversize,
            UpdateError::Interrupted,
            UpdateError::Superseded,
            UpdateError::Range { wanted: Some(7) },
            UpdateError::Canceled,
            UpdateError::Url("x"),
            UpdateError::Unreachable("x".to_owned()),
            UpdateError::Tls("x".to_owned()),
            UpdateError::Status(404),
            UpdateError::Dropped,
            UpdateError::File("x".to_owned()),
            UpdateError::NoChannel,
            UpdateError::Index("x".to_owned()),
            UpdateError::IndexSignature,
            UpdateError::IndexOld,
            UpdateError::NothingForUs,
            UpdateError::Restarting,
            UpdateError::Lost,
        ];
        let refused = Refusal::ALL.into_iter().map(UpdateError::Refused);
        own.into_iter().chain(refused).collect()
    }

    #[test]
    fn each_has_a_sentence_and_a_way_on_and_codes_differ() {
        let mut codes = Vec::new();
        for error in all() {
            assert!(error.to_string().len() > 10, "{error:?}");
            assert!(error.next().ends_with('.'), "{error:?}");
            codes.push(error.code());
        }
        codes.sort_unstable();
        let number = codes.len();
        codes.dedup();
        // A card that is none and a program without init are one thing to a program.
        assert_eq!(codes.len(), number - 1, "{codes:?}");
    }
}
