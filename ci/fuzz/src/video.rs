//! The parts of the appliance's `video` that read what a capture device or a person delivers; the rest brings an encoder.

#[path = "../../../src/video/edid/mod.rs"]
pub mod edid;
#[path = "jpeg.rs"]
pub mod jpeg;
#[path = "../../../src/video/planes.rs"]
pub mod planes;
