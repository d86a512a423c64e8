//! Releases for tests: the files of a card's slot, changed, and made a bundle that is signed with the development key.

use std::io;
use std::path::PathBuf;

use farseat_firmware::DEFAULT_EPOCH;
use farseat_firmware::bundle::{make, signing};
use farseat_firmware::card::slot_image;
use farseat_firmware::fat::used;
use farseat_firmware::slot::bundle::{Made, PRODUCT};
use tempfile::TempDir;

use super::Card;
use crate::artifacts::repository;

/// What QEMU's board calls itself.
const HARDWARE: &str = "linux,dummy-virt";

/// See the module.
pub struct Release {
    folder: TempDir,
    /// What it will say of itself.
    pub made: Made,
}

/// A release as it is distributed.
pub struct Bundle {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the slot has when it is installed.
    pub image: Vec<u8>,
    /// Where each block of the payload begins in the file, and the end of the last one.
    pub blocks: Vec<usize>,
}

impl Release {
    /// What is in slot A of a card, under another version.
    ///
    /// # Panics
    /// The slot cannot be read.
    #[must_use]
    pub fn of(card: &Card, version: &str) -> Self {
        let slot = card.fat(2).expect("a slot");
        let folder = tempfile::tempdir().expect("a folder");
        for (name, _) in slot.files().expect("a slot") {
            let path = folder.path().join(&name);
            std::fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
            std::fs::write(path, slot.read(&name).expect("a file")).expect("written");
        }
        let made = Made {
            product: PRODUCT.into(),
            version: version.into(),
            channel: "stable".into(),
            hardware: vec![HARDWARE.into()],
            rollback_index: 1,
            created: DEFAULT_EPOCH + 1,
            ..Made::default()
        };
        Self { folder, made }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the slot.
    ///
    /// # Errors
    /// There is none.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.path(name))
    }

    /// Puts a file into the slot.
    ///
    /// # Panics
    /// It cannot be written.
    #[must_use]
    pub fn with(self, name: &str, bytes: &[u8]) -> Self {
        std::fs::write(self.path(name), bytes).expect("written");
        self
    }

    /// Takes a file out of the slot.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn without(self, name: &str) -> Self {
        std::fs::remove_file(self.path(name)).expect("removed");
        self
    }

    /// The bundle. Whether it would boot is not asked.
    ///
    /// # Panics
    /// It is nothing that an appliance would take.
    #[must_use]
    pub fn bundle(&self) -> Bundle {
        self.bundle_over(&[])
    }

    /// The same with patches over what other slots have.
    ///
    /// # Panics
    /// It is nothing that an appliance would take.
    #[must_use]
    pub fn bundle_over(&self, bases: &[&[u8]]) -> Bundle {
        let partition = slot_image(self.folder.path(), DEFAULT_EPOCH).expect("a slot");
        let image = used(&partition).to_vec();
        let unsigned = make::pack(&image, self.made.clone(), bases).expect("a bundle");
        let file = tempfile::NamedTempFile::new().expect("a file");
        let key = repository().join("firmware/keys/development.key");
        signing::write_signed(&unsigned, &[key], file.path()).expect("signed");
        let bytes = std::fs::read(file.path()).expect("a bundle");
        let mut at = bytes.len() - unsigned.payload.len();
        let mut blocks = vec![at];
        for block in &unsigned.header.blocks {
            at += block.packed as usize;
            blocks.push(at);
        }
        Bundle {
            bytes,
            image,
            blocks,
        }
    }
}
