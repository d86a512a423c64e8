//! Settings: compiled defaults, `settings.toml` over them, and changes at run time.
//!
//! `app` loads them, services watch their own part, `web` changes them through [`Store`], which
//! writes atomically. Parses at the door: what is in a [`Settings`] is valid.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub device: DeviceSettings,
    pub web: WebSettings,
    pub video: VideoSettings,
    pub usb: UsbSettings,
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
    /// Plain HTTP that only redirects to HTTPS; absent = none.
    pub http: Option<SocketAddr>,
    /// Plain HTTP with the whole console, for a reverse proxy or a measurement on the same
    /// machine: a loopback address, or absent.
    pub loopback: Option<SocketAddr>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VideoSettings {
    /// JPEG quality of raw frames, 1..=100.
    pub quality: u8,
    /// 0 = as fast as the source.
    pub max_fps: u16,
    /// Wanted size; 0 = the source's own.
    pub width: u16,
    pub height: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsbSettings {
    pub vendor_id: u16,
    pub product_id: u16,
    pub manufacturer: String,
    pub product: String,
    pub serial: String,
}

impl Default for DeviceSettings {
    fn default() -> Self {
        DeviceSettings { name: "farseat".to_owned() }
    }
}

impl Default for WebSettings {
    fn default() -> Self {
        let any = std::net::IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED);
        WebSettings { https: SocketAddr::new(any, 443), http: Some(SocketAddr::new(any, 80)), loopback: None }
    }
}

impl Default for VideoSettings {
    fn default() -> Self {
        VideoSettings { quality: 80, max_fps: 0, width: 0, height: 0 }
    }
}

impl Default for UsbSettings {
    fn default() -> Self {
        UsbSettings {
            // The Linux Foundation's composite gadget (usb.ids).
            vendor_id: 0x1d6b,
            product_id: 0x0104,
            manufacturer: "Farseat".to_owned(),
            product: "Farseat KVM".to_owned(),
            serial: String::new(),
        }
    }
}

/// Why a settings file or a change was refused: file, line, key and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {}

/// Holds the settings in force. Cheap handle.
#[derive(Clone)]
pub struct Store {}

impl Store {
    /// Loads `file` over the defaults; a missing file is the defaults.
    pub fn load(file: &Path) -> Result<Store, SettingsError> {
        todo!()
    }

    pub fn current(&self) -> Settings {
        todo!()
    }

    /// The video part, as it changes.
    pub fn video(&self) -> watch::Receiver<VideoSettings> {
        todo!()
    }

    /// Validates, writes the file atomically, then publishes.
    pub fn change(&self, edit: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
        todo!()
    }
}

/// Where things are kept: settings.toml, accounts, keys.
#[derive(Debug, Clone)]
pub struct DataDir(pub PathBuf);
