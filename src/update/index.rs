//! The release channel's list: what is in it, and what of it is for us. Pure; every byte is hostile.

use serde::Deserialize;

use crate::slot::bundle::{NOTES_LIMIT, PRODUCT, TEXT_LIMIT};

/// The list. What is new in it is left alone.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    product: String,
    /// Seconds since 1970.
    pub(super) created: u64,
    releases: Vec<Entry>,
}

/// A release.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) version: String,
    pub(super) rollback_index: u32,
    pub(super) created: u64,
    hardware: Vec<String>,
    pub(super) size: u64,
    pub(super) url: String,
    #[serde(default)]
    pub(super) notes: String,
}

/// Why bytes are no list.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("it is of another product")]
    Product,
}

impl Index {
    /// Never panics, whatever comes.
    pub(super) fn parse(list: &[u8]) -> Result<Index, Fault> {
        let index: Index = serde_json::from_slice(list)?;
        if index.product != PRODUCT {
            return Err(Fault::Product);
        }
        Ok(index)
    }

    /// The newest release that runs on this hardware and is not below the floor.
    pub(super) fn newest(self, hardware: &[String], floor: u32) -> Option<Entry> {
        let fits = |entry: &Entry| {
            entry.rollback_index >= floor
                && entry.hardware.iter().any(|name| hardware.contains(name))
                && entry.is_shown()
        };
        let fitting = self.releases.into_iter().filter(fits);
        fitting.max_by_key(|entry| (entry.rollback_index, entry.created))
    }
}

impl Entry {
    /// As a bundle's own header would have to be.
    pub(super) fn is_shown(&self) -> bool {
        let version = &self.version;
        (1..=TEXT_LIMIT).contains(&version.len())
            && version.bytes().all(|byte| byte.is_ascii_graphic())
            && self.notes.len() <= NOTES_LIMIT
            && self
                .notes
                .chars()
                .all(|each| each == '\n' || !each.is_control())
    }
}
