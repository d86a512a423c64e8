//! Settings: compiled defaults, `settings.toml` over them, and changes at run time.
//!
//! `app` loads them, services watch their own part, `web` changes them through [`Store`], which
//! writes atomically. Parses at the door: what is in a [`Settings`] is valid. Never guesses: an
//! unknown key or a bad value stops with file, line, key and what is allowed.

mod allowed;
mod file;
mod locate;
mod mouse;
mod network;
mod store;
mod text;
mod trial;
mod update;
mod wake;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use allowed::NotAllowed;
pub use file::replace_file;
pub(crate) use locate::line_of;
pub use mouse::{Day, Hours, JigglerSettings};
pub use network::{Method, NetworkSettings, StaticAddress, TimeSettings};
pub use store::Store;
pub use trial::{NotPending, OnTrial};
pub use update::{Every, UpdateSettings, Window, is_address};
pub use wake::{Machine, WakeSettings};

use crate::hid::alignment::Alignment;
use crate::target::UsbProfile;
use crate::video::edid::EdidWish;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub device: DeviceSettings,
    pub network: NetworkSettings,
    pub time: TimeSettings,
    pub web: WebSettings,
    pub video: VideoSettings,
    pub capture: CaptureSettings,
    pub usb: UsbProfile,
    pub mouse: Alignment,
    pub jiggler: JigglerSettings,
    pub wake: WakeSettings,
    pub update: UpdateSettings,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceSettings {
    /// Host name; the page's title, and `name.local` in the certificate.
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebSettings {
    /// HTTPS.
    pub https: SocketAddr,
    /// Plain HTTP that only redirects to HTTPS; `"off"` in the file = none.
    #[serde(with = "address_or_off")]
    pub http: Option<SocketAddr>,
    /// Plain HTTP with the whole console, for a reverse proxy or a measurement on the same
    /// machine: a loopback address; `"off"` in the file, and by default, none.
    #[serde(with = "address_or_off")]
    pub loopback: Option<SocketAddr>,
    /// The oldest version that is spoken.
    pub tls: OldestTls,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum OldestTls {
    #[default]
    #[serde(rename = "1.3")]
    V1_3,
    /// For a client that is too old for better.
    #[serde(rename = "1.2")]
    V1_2,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VideoSettings {
    /// JPEG quality of raw frames, 1..=100.
    pub quality: u8,
    /// Of H.264, where the board has an encoder: about so many kbit/s, 25..=20000.
    pub h264_kbps: u16,
    /// 0 = as fast as the source.
    pub max_fps: u16,
    /// Wanted size; 0 = the source's own.
    pub width: u16,
    pub height: u16,
    /// What the capture device tells the target about itself; absent = its own.
    #[serde(skip_serializing_if = "EdidWish::is_default")]
    #[schemars(with = "Option<String>")]
    pub edid: EdidWish,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct CaptureSettings {
    /// The capture device's node; absent = the best one that there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<PathBuf>,
}

impl Default for DeviceSettings {
    fn default() -> Self {
        DeviceSettings {
            name: "farseat".to_owned(),
        }
    }
}

impl Default for WebSettings {
    fn default() -> Self {
        let any = std::net::IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED);
        WebSettings {
            https: SocketAddr::new(any, 443),
            http: Some(SocketAddr::new(any, 80)),
            loopback: None,
            tls: OldestTls::default(),
        }
    }
}

impl Default for VideoSettings {
    fn default() -> Self {
        VideoSettings {
            quality: 80,
            h264_kbps: 5000,
            max_fps: 0,
            width: 0,
            height: 0,
            edid: EdidWish::Default,
        }
    }
}

/// Why a settings file or a change was refused: file, line, key and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("read settings from {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}: the file is too large: allowed are {limit} bytes", path.display())]
    TooLarge { path: PathBuf, limit: u64 },
    /// Not TOML, an unknown key, or a value of the wrong type; the problem says what is allowed.
    #[error("{}:{line}: {}{problem}", path.display(), key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default())]
    Parse {
        path: PathBuf,
        line: usize,
        key: Option<String>,
        problem: String,
    },
    /// A value of the right type that is out of range, in the file.
    #[error("{}:{line}: {problem}", path.display())]
    Value {
        path: PathBuf,
        line: usize,
        problem: NotAllowed,
    },
    /// The same, in a change at run time.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    #[error("write settings to {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("put the settings into TOML")]
    Encode(#[from] toml::ser::Error),
}

/// Where things are kept: settings.toml, accounts, keys.
#[derive(Debug, Clone)]
pub struct DataDir(pub PathBuf);

impl DataDir {
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.0.join("settings.toml")
    }
}

/// TOML has no null, and a default that is an address needs a way to say "none".
mod address_or_off {
    use std::net::SocketAddr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    const OFF: &str = "off";

    #[expect(
        clippy::ref_option,
        reason = "serde's `with` hands over a reference to the field"
    )]
    pub(super) fn serialize<S: Serializer>(
        address: &Option<SocketAddr>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match address {
            Some(address) => out.collect_str(address),
            None => out.serialize_str(OFF),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<SocketAddr>, D::Error> {
        let text = String::deserialize(input)?;
        if text == OFF {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| D::Error::custom("not an address: allowed is \"ip:port\" or \"off\""))
    }
}
