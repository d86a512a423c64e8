//! Which EDID is wished for, as the settings keep it, and what a capture device says to it.

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};

use super::{Edid, Faults, Offer};

const DEFAULT: &str = "default";

/// Which EDID is wished for. As text: `default`, an offer's name, or all its bytes in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EdidWish {
    /// The device's own.
    #[default]
    Default,
    Offered(Offer),
    /// One that somebody brought.
    Own(Edid),
}

/// Why a text is no wish.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWish {
    #[error(
        "not an EDID: allowed is \"default\", a mode such as \"1920x1080@50\", or the EDID's bytes in hexadecimal"
    )]
    Word,
    #[error(transparent)]
    Faults(#[from] Faults),
}

impl EdidWish {
    /// # Errors
    /// The text is none of the three, or its bytes are no EDID.
    pub fn parse(text: &str) -> Result<EdidWish, NoWish> {
        if text == DEFAULT {
            return Ok(EdidWish::Default);
        }
        if let Some(offer) = Offer::named(text) {
            return Ok(EdidWish::Offered(offer));
        }
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes());
        let bytes = bytes.map_err(|_| NoWish::Word)?;
        Ok(EdidWish::Own(Edid::parse(&bytes)?))
    }

    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == EdidWish::Default
    }

    /// What the device is to say. `own` is what it said before we said anything; a bridge that said nothing would leave
    /// the target without a display.
    #[must_use]
    pub fn wanted(&self, own: Option<&[u8]>) -> Vec<u8> {
        match self {
            EdidWish::Own(edid) => edid.bytes().to_vec(),
            EdidWish::Offered(offer) => offer.edid().bytes().to_vec(),
            EdidWish::Default => {
                own.map_or_else(|| Offer::FullHd50.edid().bytes().to_vec(), <[u8]>::to_vec)
            }
        }
    }
}

impl TryFrom<String> for EdidWish {
    type Error = NoWish;

    fn try_from(text: String) -> Result<EdidWish, NoWish> {
        EdidWish::parse(&text)
    }
}

impl From<EdidWish> for String {
    fn from(wish: EdidWish) -> String {
        match wish {
            EdidWish::Default => DEFAULT.to_owned(),
            EdidWish::Offered(offer) => offer.name().to_owned(),
            EdidWish::Own(edid) => HEXLOWER_PERMISSIVE.encode(edid.bytes()),
        }
    }
}

/// What a capture device says to a wish. None of these is a failure of the appliance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EdidState {
    /// There is no device now.
    #[default]
    NoDevice,
    /// It has one of its own that nobody can change, as USB dongles do.
    Fixed,
    /// This is what it tells the target; hostile bytes.
    Told(Vec<u8>),
    /// It does not take the one that is wished for.
    Refused,
}
