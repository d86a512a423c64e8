//! The part of the appliance's `video` that reads what a capture device delivers; the rest brings an encoder.

#[path = "jpeg.rs"]
pub mod jpeg;
