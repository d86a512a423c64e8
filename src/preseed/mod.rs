//! Preseed: what the person who flashed the card wrote on its boot partition for the first start.
//!
//! Two formats, `farseat.toml` and Raspberry Pi Imager's `rpi-preseed.toml`. Reads and decides; the
//! steps themselves are `app`'s (`farseat preseed`, a child of init before `serve` starts). Applied
//! once, to an appliance that nobody owns; then the secrets in the file are overwritten.
//!
//! ```text
//! Source::find ─▶ Source::read ─▶ Wishes ─▶ Record::decide ─▶ begin · settings · CA · Wi-Fi · account
//!                     └ Refusal: line, key                    ─▶ applied ─▶ told ─▶ secrets overwritten ─▶ done
//! ```
//! Every input is hostile: bounded, and no text makes it panic. No message shows a secret.

mod blank;
mod document;
mod imager;
mod network;
mod own;
mod record;
mod refusal;
mod result;
mod source;
mod wifi;
mod wishes;

pub use document::Secret;
pub use record::{Applied, Decision, Record, Stage, Told, Trouble};
pub use refusal::Refusal;
pub use result::result_text;
pub use source::{Format, Reading, Source};
pub use wifi::Wifi;
pub use wishes::{Account, CaPem, Credential, Wishes};

/// Where what became of the files is told, beside them.
pub const RESULT_FILE: &str = "farseat-result.txt";

#[cfg(test)]
mod tests;
