//! What a slot is to have.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::bundle::{BLOCK, Verified};
use super::super::digest::Digest;
use super::super::state::Image;

/// What a slot is to have. Comes from a [`Verified`] header, or from the other slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub(super) size: u64,
    pub(super) sha256: Digest,
    pub(super) blocks: Vec<Digest>,
    /// Which bytes of the running slot a block's patch copies from.
    pub(super) windows: BTreeMap<u32, Range<u64>>,
    /// Nothing comes from outside.
    pub(super) own: bool,
}

impl Plan {
    /// What a trusted key has signed, for a card whose `running` slot has this image: its patches may be used.
    #[must_use]
    pub fn of(verified: &Verified, running: Image) -> Plan {
        let header = verified.header();
        let base = header.base(running.size, running.sha256);
        let patches = base.iter().flat_map(|(base, _)| {
            let windows = base.patches.iter();
            windows.map(|patch| (patch.block, base.window(patch)))
        });
        Plan {
            size: header.size,
            sha256: header.sha256,
            blocks: header.blocks.iter().map(|block| block.sha256).collect(),
            windows: patches.collect(),
            own: false,
        }
    }

    /// What the other slot has, block by block; the whole is known to be good.
    pub(in super::super) fn of_slot(size: u64, sha256: Digest, blocks: Vec<Digest>) -> Plan {
        Plan {
            size,
            sha256,
            blocks,
            windows: BTreeMap::new(),
            own: true,
        }
    }

    pub(super) fn length(&self, index: usize) -> usize {
        let left = self.size.saturating_sub((index * BLOCK) as u64);
        usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK))
    }
}
