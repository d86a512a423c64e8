//! A bundle: one release for one slot, in one signed file.
//!
//! ```text
//! magic · length of the header · header · number of signatures · signatures      the head
//! └────────── signed ─────────┘
//! block 0 · block 1 · …      stored as zlib streams, in order, without gaps       the payload
//! patch · patch · …          the same, for who runs one of the releases before
//! ```
//!
//! The signature covers the header, the header has the sum of every block: whoever has checked a head can check each
//! block by itself, before it goes anywhere, from whatever place it came. Read front to back, or in pieces.
//!
//! Made by `farseat-firmware`, read by `update` (which fetches blocks), checked once more by init (which writes them).
//! Every byte is hostile until a [`Verified`] comes out. Pure.

mod base;
mod head;
mod header;
pub mod patch;
mod verify;

pub use base::{BASES, Base, Patch, WINDOW};
pub use head::{Fault, HEAD_LIMIT, Head, SIGNATURES};
pub use header::{Block, Header, Made, NOTES_LIMIT, TEXT_LIMIT};
pub use verify::{Untrusted, Verified, verify};

/// What a block is before it is packed, in bytes; the last one of an image may be shorter.
pub const BLOCK: usize = 64 << 10;
/// Only bundles of this product are for us.
pub const PRODUCT: &str = "farseat";
/// The longest that a packed block may be: zlib makes bytes that cannot be packed a little longer.
pub const PACKED_LIMIT: usize = BLOCK + 1024;

#[cfg(test)]
pub(crate) use header::tests;
