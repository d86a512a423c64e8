//! Writes one image into the slot that does not boot, block by block, from whatever place the blocks come.
//!
//! ```text
//! begin ──▶ SCANNING ──────────▶ RECEIVING ──────▶ VERIFYING ──────────▶ sealed
//!  boot      what is there        the rest           all of it read        boot sector
//!  sectors   already stays or     from outside       again and summed      last
//!  zeroed    is copied
//! ```
//!
//! From `begin` to the seal the slot has no boot sector: the boot firmware passes it by, whenever the power goes. What
//! was written before is found again by its sums, so an install that is begun again goes on where it was; there is no
//! other journal. Memory: one block, and for a [`patch`] up to four more. Used by the [`Keeper`](super::keeper::Keeper).

mod patch;
mod plan;

pub use plan::Plan;

use std::collections::HashMap;

use super::Slot;
use super::bundle::BLOCK;
use super::digest::{Digest, Summing};
use super::disk::{Disk, Sector};
use super::fat::Fat;
use super::layout::{self, SECTOR};
use super::refusal::Refusal;

const SECTOR_LENGTH: usize = SECTOR as usize;
/// Where FAT32 keeps a second boot sector, by custom.
const BACKUP: usize = 6;

/// An install under way.
#[derive(Debug)]
pub struct Installer {
    plan: Plan,
    target: Slot,
    /// Bytes of the running slot that are worth a look.
    source: u64,
    have: Vec<bool>,
    /// The first block as it shall be; on the card its boot sectors are missing until the seal.
    front: Option<Vec<u8>>,
    phase: Phase,
    block: Vec<u8>,
}

#[derive(Debug)]
enum Phase {
    /// Which blocks the target slot has already.
    Scanning {
        next: usize,
    },
    /// Which of the others the running slot has.
    Copying {
        next: usize,
        wanted: HashMap<Digest, Vec<usize>>,
    },
    Receiving,
    Verifying {
        next: usize,
        sum: Summing,
    },
    Sealed,
}

/// What an install does, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Scanning,
    Receiving,
    Verifying,
    Sealed,
}

/// How far an install is: so many blocks of so many in this stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub stage: Stage,
    pub done: u32,
    pub of: u32,
}

impl Installer {
    /// Makes `target` one that does not boot. `source`: how many bytes of the other slot may have blocks that fit.
    ///
    /// # Errors
    /// The card cannot be written.
    pub fn begin(
        disk: &mut impl Disk,
        target: Slot,
        source: u64,
        plan: Plan,
    ) -> Result<Installer, Refusal> {
        let nothing: Sector = [0; SECTOR_LENGTH];
        let at = layout::slot(target).area.offset();
        for sector in [0, BACKUP] {
            let at = at + (sector * SECTOR_LENGTH) as u64;
            disk.write(at, &nothing)
                .map_err(|error| Refusal::writing(&error))?;
        }
        disk.flush().map_err(|error| Refusal::writing(&error))?;
        Ok(Installer {
            have: vec![false; plan.blocks.len()],
            plan,
            target,
            source: source.min(layout::slot(!target).area.size()),
            front: None,
            phase: Phase::Scanning { next: 0 },
            block: vec![0; BLOCK],
        })
    }

    #[must_use]
    pub fn target(&self) -> Slot {
        self.target
    }

    /// It copies the other slot, and nobody sends anything.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.plan.own
    }

    /// The blocks that have to come from outside; meaningful once the scan is over.
    pub fn missing(&self) -> impl Iterator<Item = usize> + '_ {
        let have = self.have.iter().enumerate();
        have.filter(|(_, have)| !**have).map(|(index, _)| index)
    }

    /// Whether [`Installer::step`] has something to do.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !matches!(self.phase, Phase::Receiving | Phase::Sealed)
    }

    #[must_use]
    pub fn progress(&self) -> Progress {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let blocks = self.plan.blocks.len();
        let source = (self.source as usize).div_ceil(BLOCK);
        let (stage, done, of) = match &self.phase {
            Phase::Scanning { next } => (Stage::Scanning, *next, blocks + source),
            Phase::Copying { next, .. } => (Stage::Scanning, blocks + next, blocks + source),
            Phase::Receiving => (Stage::Receiving, blocks - self.missing().count(), blocks),
            Phase::Verifying { next, .. } => (Stage::Verifying, *next, blocks),
            Phase::Sealed => (Stage::Sealed, blocks, blocks),
        };
        Progress {
            stage,
            done: number(done),
            of: number(of),
        }
    }

    /// One block's worth of what can be done without anything from outside.
    ///
    /// # Errors
    /// The card fails, or what is on it is not what was written; the install is over.
    pub fn step(&mut self, disk: &mut impl Disk) -> Result<(), Refusal> {
        match &mut self.phase {
            Phase::Scanning { next } => {
                let index = *next;
                *next += 1;
                if index < self.plan.blocks.len() {
                    return self.scan(disk, index);
                }
                self.phase = Phase::Copying {
                    next: 0,
                    wanted: self.wanted(),
                };
                Ok(())
            }
            Phase::Copying { next, wanted } => {
                let at = *next as u64 * BLOCK as u64;
                *next += 1;
                if at >= self.source || wanted.is_empty() {
                    self.phase = Phase::Receiving;
                    return Ok(());
                }
                self.copy(disk, at)
            }
            Phase::Receiving | Phase::Sealed => Ok(()),
            Phase::Verifying { next, .. } if *next < self.plan.blocks.len() => self.verify(disk),
            Phase::Verifying { .. } => self.seal(disk),
        }
    }

    /// Takes block `index` from outside. Giving one twice changes nothing.
    ///
    /// # Errors
    /// It is not the block that was signed, there is no such block, or the card fails.
    pub fn block(&mut self, disk: &mut impl Disk, index: u32, bytes: &[u8]) -> Result<(), Refusal> {
        if !matches!(self.phase, Phase::Receiving) {
            return Err(Refusal::NotBusy);
        }
        let at = index as usize;
        let right = self
            .plan
            .blocks
            .get(at)
            .is_some_and(|wanted| *wanted == Digest::of(bytes));
        if !right || bytes.len() != self.plan.length(at) {
            return Err(Refusal::Block(index));
        }
        if self.have[at] {
            Ok(())
        } else {
            self.put(disk, at, bytes)
        }
    }

    /// Everything has come: reads it all again, in steps.
    ///
    /// # Errors
    /// Something is missing.
    pub fn finish(&mut self, disk: &mut impl Disk) -> Result<(), Refusal> {
        match self.phase {
            Phase::Receiving if self.missing().next().is_none() => {
                disk.flush().map_err(|error| Refusal::writing(&error))?;
                self.phase = Phase::Verifying {
                    next: 0,
                    sum: Summing::default(),
                };
                Ok(())
            }
            _ => Err(Refusal::Incomplete),
        }
    }

    /// Whether the slot is whole, and boots.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        matches!(self.phase, Phase::Sealed)
    }

    fn at(&self, index: usize) -> u64 {
        layout::slot(self.target).area.offset() + (index * BLOCK) as u64
    }

    /// The first block is never there: its boot sector is gone.
    fn scan(&mut self, disk: &mut impl Disk, index: usize) -> Result<(), Refusal> {
        if index == 0 {
            return Ok(());
        }
        let (at, length) = (self.at(index), self.plan.length(index));
        // A block that cannot be read is one that is not there.
        let read = disk.read(at, &mut self.block[..length]).is_ok();
        if read && Digest::of(&self.block[..length]) == self.plan.blocks[index] {
            self.have[index] = true;
            return Ok(());
        }
        self.block[..length].fill(0);
        if Digest::of(&self.block[..length]) == self.plan.blocks[index] {
            return self.put_own(disk, index, length);
        }
        Ok(())
    }

    fn wanted(&self) -> HashMap<Digest, Vec<usize>> {
        let mut wanted: HashMap<Digest, Vec<usize>> = HashMap::new();
        for index in self.missing() {
            wanted
                .entry(self.plan.blocks[index])
                .or_default()
                .push(index);
        }
        wanted
    }

    /// Whole blocks of the other slot, wherever they lie there.
    fn copy(&mut self, disk: &mut impl Disk, at: u64) -> Result<(), Refusal> {
        let other = layout::slot(!self.target).area;
        let length = usize::try_from(self.source - at).map_or(BLOCK, |left| left.min(BLOCK));
        if disk
            .read(other.offset() + at, &mut self.block[..length])
            .is_err()
        {
            return Ok(());
        }
        let digest = Digest::of(&self.block[..length]);
        let Phase::Copying { wanted, .. } = &mut self.phase else {
            return Ok(());
        };
        for index in wanted.remove(&digest).unwrap_or_default() {
            if self.plan.length(index) == length {
                self.put_own(disk, index, length)?;
            }
        }
        Ok(())
    }

    /// What is in our own buffer.
    fn put_own(
        &mut self,
        disk: &mut impl Disk,
        index: usize,
        length: usize,
    ) -> Result<(), Refusal> {
        let block = std::mem::take(&mut self.block);
        let put = self.put(disk, index, &block[..length]);
        self.block = block;
        put
    }

    fn put(&mut self, disk: &mut impl Disk, index: usize, bytes: &[u8]) -> Result<(), Refusal> {
        let written = if index == 0 {
            self.front = Some(bytes.to_owned());
            disk.write(self.at(0), &without_boot_sectors(bytes))
        } else {
            disk.write(self.at(index), bytes)
        };
        written.map_err(|error| Refusal::writing(&error))?;
        self.have[index] = true;
        Ok(())
    }

    fn verify(&mut self, disk: &mut impl Disk) -> Result<(), Refusal> {
        let Phase::Verifying { next, sum } = &mut self.phase else {
            return Ok(());
        };
        let index = *next;
        *next += 1;
        let length = self.plan.length(index);
        let at = layout::slot(self.target).area.offset() + (index * BLOCK) as u64;
        let block = &mut self.block[..length];
        disk.read(at, block)
            .map_err(|error| Refusal::reading(&error))?;
        if let (0, Some(front)) = (index, &self.front) {
            if *block != *without_boot_sectors(front) {
                return Err(Refusal::Image);
            }
            block.copy_from_slice(front);
        }
        if Digest::of(block) != self.plan.blocks[index] {
            return Err(Refusal::Image);
        }
        sum.add(block);
        Ok(())
    }

    /// The last writes: after these it boots.
    fn seal(&mut self, disk: &mut impl Disk) -> Result<(), Refusal> {
        let Phase::Verifying { sum, .. } = std::mem::replace(&mut self.phase, Phase::Receiving)
        else {
            return Err(Refusal::Incomplete);
        };
        let front = self.front.as_deref().ok_or(Refusal::Incomplete)?;
        if sum.finish() != self.plan.sha256 {
            return Err(Refusal::Image);
        }
        let mut boot: Sector = [0; SECTOR_LENGTH];
        boot.copy_from_slice(front.get(..SECTOR_LENGTH).ok_or(Refusal::NotBootable)?);
        let bootable =
            Fat::parse(&boot, layout::slot(self.target).area).map(|fat| fat.is_bootable(disk));
        if !matches!(bootable, Some(Ok(true))) {
            return Err(Refusal::NotBootable);
        }
        let start = self.at(0);
        let backup = BACKUP * SECTOR_LENGTH;
        if let Some(sector) = front.get(backup..backup + SECTOR_LENGTH) {
            disk.write(start + backup as u64, sector)
                .map_err(|error| Refusal::writing(&error))?;
            disk.flush().map_err(|error| Refusal::writing(&error))?;
        }
        disk.write(start, &boot)
            .map_err(|error| Refusal::writing(&error))?;
        disk.flush().map_err(|error| Refusal::writing(&error))?;
        let mut written: Sector = [0; SECTOR_LENGTH];
        disk.read(start, &mut written)
            .map_err(|error| Refusal::reading(&error))?;
        if written != boot {
            return Err(Refusal::Image);
        }
        self.phase = Phase::Sealed;
        Ok(())
    }
}

fn without_boot_sectors(front: &[u8]) -> Vec<u8> {
    let mut front = front.to_owned();
    for sector in [0, BACKUP] {
        let at = sector * SECTOR_LENGTH;
        if let Some(sector) = front.get_mut(at..at + SECTOR_LENGTH) {
            sector.fill(0);
        }
    }
    front
}

#[cfg(test)]
#[path = "installer_tests.rs"]
mod tests;
