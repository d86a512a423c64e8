//! Takes from the processes that face the network whatever they do not need: `serve` calls it on itself, for good, and so
//! do `fetch`, which needs no file at all, `speak`, which needs to know the links, and `radio`, before it becomes wpa_supplicant.
//!
//! ```text
//! enter          own mounts, an almost empty root ─▶ limits ─▶ another user, no capabilities
//! keep_files     Landlock: the files below that root, and how each may be used; no call to anybody by TCP
//! keep_calls     seccomp: the system calls of a server that has started; any other ends it. It makes no socket any more:
//!                whom it talks to has called
//! ```
//!
//! The first needs root and a process with one thread; it either comes about, or `serve` does not start. The other two
//! are a second wall: a kernel without them is told to the log. What a confined `serve` cannot do itself it asks of
//! init ([`slot::errand`](crate::slot::errand)). See docs/security-split.md.

mod calls;
mod files;
mod identity;
mod radio;
mod root;

use std::io;

use rustix::thread::CapabilitySet;

pub use calls::{CallsError, keep_calls, keep_calls_and_sockets};
pub use files::{FilesError, keep_files, keep_links, keep_nothing, keep_radio};
pub use radio::keep_radio_calls;

/// Why a process is not confined.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    #[error("{what} for a root of its own")]
    Root { what: String, source: io::Error },
    #[error("limit {what}")]
    Limit {
        what: &'static str,
        source: io::Error,
    },
    #[error("{what} to be without privileges")]
    Identity {
        what: &'static str,
        source: io::Error,
    },
    /// Nothing failed, and still there are some.
    #[error("there are capabilities left")]
    Capable,
}

/// From now on this process sees little, may have little, and is `user`.
///
/// # Errors
/// Something of it did not come about: do not go on.
pub fn enter(user: u32) -> Result<(), ConfineError> {
    enter_root(root::PLACES, user, CapabilitySet::empty())
}

/// The same for who sees nothing but random numbers, which a static program reads from a file.
///
/// # Errors
/// Something of it did not come about: do not go on.
pub fn enter_nowhere(user: u32) -> Result<(), ConfineError> {
    enter_root(root::RANDOM, user, CapabilitySet::empty())
}

/// The same for who becomes another program and works with radios: that keeps two capabilities, the one to configure links
/// and the one to speak on them below IP, and passes them on.
///
/// # Errors
/// Something of it did not come about: do not go on.
pub fn enter_radio(user: u32, folder: &str) -> Result<(), ConfineError> {
    enter_root(
        &root::radio(folder),
        user,
        CapabilitySet::NET_ADMIN | CapabilitySet::NET_RAW,
    )
}

/// The same for who sees those and the kernel's links, and nothing else.
///
/// # Errors
/// Something of it did not come about: do not go on.
pub fn enter_seeing_links(user: u32) -> Result<(), ConfineError> {
    enter_root(root::LINKS, user, CapabilitySet::empty())
}

fn enter_root(
    places: &[root::Place<'_>],
    user: u32,
    kept: CapabilitySet,
) -> Result<(), ConfineError> {
    root::enter(places)?;
    identity::limit()?;
    identity::become_user(user, kept)
}
