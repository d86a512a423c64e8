//! JPEG as a stream of markers: the door that frames of a dongle must pass, and the pieces that
//! frames of ours are joined from.
//!
//! Pure. `stream` calls [`inspect`] for every MJPEG frame; [`strips`](super::strips) uses the
//! marker search. Decodes nothing: what the entropy-coded bytes mean is the browser's business.
//! Sources: ITU-T T.81, annex B (markers) and K.3 (the usual Huffman tables).

mod inspect;
mod markers;
mod plain;
mod tables;

pub use inspect::{Damage, Inspection, inspect};
pub use plain::is_plain;
pub use tables::standard_huffman_tables;

pub(super) use markers::{RST0, SOF0, SOS, find_restart, segments};
