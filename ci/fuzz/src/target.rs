//! The part of the appliance's `target` that stands in its settings.

#[path = "../../../src/target/identity.rs"]
mod identity;

pub use identity::UsbIdentity;
