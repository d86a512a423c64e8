//! The part of the appliance's `target` that stands in its settings.

#[path = "../../../src/target/profile.rs"]
mod profile;

pub use profile::UsbProfile;
