//! The door for frames, and the markers that it looks for.

#[path = "../../../src/video/jpeg/inspect.rs"]
pub mod inspect;
#[path = "../../../src/video/jpeg/markers.rs"]
#[allow(dead_code, reason = "some markers are the encoder's")]
mod markers;
#[path = "../../../src/video/jpeg/plain.rs"]
pub mod plain;
pub use plain::is_plain;
