//! The part of the appliance's `preseed` that reads a file; the rest keeps what became of it.

#[path = "../../../src/preseed/blank.rs"]
mod blank;
#[path = "../../../src/preseed/document.rs"]
#[allow(dead_code, reason = "nothing is applied here")]
mod document;
#[path = "../../../src/preseed/imager.rs"]
mod imager;
#[path = "../../../src/preseed/network.rs"]
mod network;
#[path = "../../../src/preseed/own.rs"]
mod own;
#[path = "../../../src/preseed/refusal.rs"]
mod refusal;
#[path = "../../../src/preseed/source.rs"]
#[allow(dead_code, reason = "there is no boot partition here")]
mod source;
#[path = "../../../src/preseed/wifi.rs"]
#[allow(dead_code, reason = "nothing is applied here")]
mod wifi;
#[path = "../../../src/preseed/wishes.rs"]
#[allow(dead_code, reason = "nothing is applied here")]
mod wishes;

pub use source::{Format, Reading};
