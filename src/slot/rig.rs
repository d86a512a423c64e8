//! For tests: a card in memory with two slots, releases that fit it, and a firmware that chooses by what is on it.

use super::Slot;
use super::autoboot::Autoboot;
use super::bundle::patch::{Step, print};
use super::bundle::{BLOCK, Base, Block, Head, Header, Made, Patch, Verified, verify};
use super::digest::Digest;
use super::disk::Disk as _;
use super::disk::memory::{Event, MemoryDisk};
use super::fat::tests::file_system;
use super::fat::{AUTOBOOT, ESSENTIAL, Fat};
use super::firmware::{Bootloader, Content, Reset, decide};
use super::keys::Key;
use super::layout::{self, SELECTOR, slot};
use super::state::{Image, State, store};

/// A release: what a slot has, and what is signed for it.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) bytes: Vec<u8>,
    pub(crate) header: Header,
}

impl Release {
    /// `blocks` are the numbers of those behind the file system, from which their content comes.
    pub(crate) fn new(version: &str, rollback_index: u32, blocks: &[u8]) -> Release {
        let name = version.as_bytes();
        let mut bytes = file_system(&ESSENTIAL.map(|file| (file, name)));
        for number in blocks {
            let noise =
                (0..BLOCK / 32).flat_map(|at| Digest::of(&[*number, at as u8, (at >> 8) as u8]).0);
            bytes.extend(noise.map(|byte| if *number == 0 { 0 } else { byte }));
        }
        bytes.extend([7; 512]);
        let header = Header {
            made: Made {
                product: "farseat".to_owned(),
                version: version.to_owned(),
                channel: "stable".to_owned(),
                hardware: vec!["linux,dummy-virt".to_owned()],
                rollback_index,
                created: 1000 + u64::from(rollback_index),
                ..Made::default()
            },
            size: bytes.len() as u64,
            sha256: Digest::of(&bytes),
            blocks: bytes
                .chunks(BLOCK)
                .map(|block| Block {
                    sha256: Digest::of(block),
                    packed: 9,
                })
                .collect(),
            bases: Vec::new(),
        };
        Release { bytes, header }
    }

    /// With this byte of a block changed, as a compiler would.
    pub(crate) fn with_change(mut self, block: usize, at: usize) -> Release {
        self.bytes[block * BLOCK + at] ^= 0x55;
        self.header.sha256 = Digest::of(&self.bytes);
        self.header.blocks[block].sha256 = Digest::of(self.block(block));
        self
    }

    /// With patches over `base` for these blocks, each of which copies from the block at the same place and the next.
    pub(crate) fn over(mut self, base: &Release, blocks: &[usize]) -> Release {
        let patch = |block: &usize| Patch {
            block: *block as u32,
            packed: 9,
            first: *block as u32,
            count: 2,
        };
        self.header.bases.push(Base {
            size: base.header.size,
            sha256: base.header.sha256,
            patches: blocks.iter().map(patch).collect(),
        });
        self
    }

    /// What makes a block of this release from the one at the same place of another.
    pub(crate) fn patch(&self, base: &Release, index: usize) -> Vec<u8> {
        let pairs = self.block(index).iter().zip(base.block(index));
        let differences: Vec<u8> = pairs.map(|(new, old)| new.wrapping_sub(*old)).collect();
        let inserted = &self.block(index)[differences.len()..];
        print(&[Step {
            from: 0,
            differences: &differences,
            inserted,
        }])
    }

    pub(crate) fn image(&self) -> Image {
        Image {
            size: self.header.size,
            sha256: self.header.sha256,
        }
    }

    pub(crate) fn block(&self, index: usize) -> &[u8] {
        self.bytes.chunks(BLOCK).nth(index).expect("a block")
    }

    /// The head of its bundle, signed with the tests' own key.
    pub(crate) fn head(&self) -> Vec<u8> {
        signed(&self.header)
    }

    pub(crate) fn verified(&self) -> Verified {
        verify(&Head::parse(&self.head()).expect("a head"), &[key()]).expect("trusted")
    }
}

/// The head of a bundle, signed with the tests' own key.
pub(crate) fn signed(header: &Header) -> Vec<u8> {
    let bytes = Head::to_sign(header);
    let signature = minisign::sign(None, &secret(), &bytes[..], None, None).expect("signed");
    Head::print(&bytes, &[signature.to_string()])
}

/// The development key, which everybody has.
pub(crate) fn secret() -> minisign::SecretKey {
    let text = include_str!("../../firmware/keys/development.key");
    let boxed = minisign::SecretKeyBox::from_string(text).expect("a key");
    boxed
        .into_unencrypted_secret_key()
        .expect("without a password")
}

pub(crate) fn key() -> Key {
    Key::parse(include_str!("../../firmware/keys/development.pub"))
        .expect("a key")
        .remove(0)
}

/// A new card: this release in both slots.
pub(crate) fn card(release: &Release) -> MemoryDisk {
    let mut disk = MemoryDisk::default();
    let file = Autoboot::primary(Slot::A).print().expect("it fits");
    disk.put(SELECTOR.area.offset(), &file_system(&[(AUTOBOOT, &file)]));
    for one in Slot::ALL {
        disk.put(slot(one).area.offset(), &release.bytes);
    }
    let made = &release.header.made;
    let state = State::new(
        &made.version,
        release.image(),
        made.rollback_index,
        made.created,
    );
    let (record, at) = store::first(&state);
    disk.put(at, &record);
    disk
}

/// What the firmware starts from this card.
pub(crate) fn boots(disk: &MemoryDisk, trial: bool) -> Option<Slot> {
    let mut disk = disk.clone();
    let autoboot = autoboot(&mut disk);
    let contents = [1, 2, 3].map(|number| content(&mut disk, number));
    let reset = Reset {
        partition: 0,
        trial,
    };
    let boot = decide(Bootloader::Current, reset, autoboot.as_deref(), &contents).ok()?;
    Slot::from_partition(boot.partition.into())
}

/// What `autoboot.txt` says.
pub(crate) fn autoboot(disk: &mut MemoryDisk) -> Option<Vec<u8>> {
    let fat = Fat::open(disk, SELECTOR.area).ok()?;
    let file = fat.find(disk, &AUTOBOOT).ok()??;
    let mut bytes = vec![0; 512];
    disk.read(file.at, &mut bytes).ok()?;
    Some(bytes)
}

fn content(disk: &mut MemoryDisk, number: u8) -> Content {
    let area = layout::PARTITIONS[usize::from(number) - 1].area;
    let Ok(fat) = Fat::open(disk, area) else {
        return Content::Unreadable;
    };
    match fat.find(disk, &ESSENTIAL[0]) {
        Ok(Some(_)) => Content::Bootable,
        Ok(None) => Content::NoFirmware,
        Err(_) => Content::Unreadable,
    }
}

/// Whether a slot has exactly this release.
pub(crate) fn has(disk: &MemoryDisk, one: Slot, release: &Release) -> bool {
    disk.get(slot(one).area.offset(), release.bytes.len()) == release.bytes
}

/// Every card that a power cut during `log` can leave of `before`: each prefix of the writes; of the writes after the
/// last flush before the cut any one missing; the last write torn at a sector's border, or with a torn sector.
pub(crate) fn cuts(before: &MemoryDisk, log: &[Event], mut look: impl FnMut(&MemoryDisk)) -> usize {
    let mut looked = 0;
    let mut look = |disk: &MemoryDisk| {
        looked += 1;
        look(disk);
    };
    let mut durable = before.clone();
    let mut window: Vec<(u64, &[u8])> = Vec::new();
    for event in log {
        let Event::Write { at, bytes } = event else {
            window
                .drain(..)
                .for_each(|(at, bytes)| durable.put(at, bytes));
            look(&durable);
            continue;
        };
        window.push((*at, bytes));
        for missing in 0..=window.len() {
            let mut disk = durable.clone();
            for (_, (at, bytes)) in window
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != missing)
            {
                disk.put(*at, bytes);
            }
            look(&disk);
        }
        for cut in [1, 100, 256, 511, 512, 512 * 7]
            .into_iter()
            .filter(|cut| *cut < bytes.len())
        {
            let mut disk = durable.clone();
            disk.put(*at, &bytes[..cut]);
            look(&disk);
            disk.put(at + cut as u64, &vec![0xA5; (512 - cut % 512) % 512]);
            look(&disk);
        }
    }
    looked
}
