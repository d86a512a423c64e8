//! Puts a card together: the selector, the slot twice, the data partition, in genimage's hands; then the first state of
//! its slots; then packs it.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::slot::Slot;
use crate::slot::autoboot::Autoboot;
use crate::slot::digest::Digest;
use crate::slot::layout;
use crate::slot::state::{Image, State, store};

use crate::fat::{self, Identity};
use crate::image::AUTOBOOT;
use crate::tool::{self, Tool};
use crate::{ROLLBACK_INDEX, VERSION};

/// The layout as genimage reads it.
pub const GENIMAGE: &str = include_str!("../genimage.cfg");

/// `autoboot.txt` is one cluster of one sector, so that it can be overwritten in place.
const SELECTOR: Identity = Identity {
    label: "FARSEAT",
    serial: 0xFA25_0001,
    cluster: 1,
    last: &[],
};
/// Both slots have the same one: they are the same bytes.
const SLOT: Identity = Identity {
    label: "FARSEATSYS",
    serial: 0xFA25_0002,
    cluster: 2,
    last: &["initramfs.cpio", "LICENCES.txt"],
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Tool(#[from] tool::Error),
    #[error(transparent)]
    Fat(#[from] fat::Error),
    #[error("{}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// What a card is made of.
#[derive(Debug)]
pub struct Parts<'a> {
    /// A folder that becomes both slots.
    pub slot: &'a Path,
    /// The data partition's image.
    pub data: &'a Path,
}

/// Makes the card image at `card`.
pub fn make(parts: &Parts<'_>, card: &Path, epoch: u64) -> Result<(), Error> {
    let folder = card.parent().filter(|path| !path.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Beside the result, so that the last step is a rename.
    let work = tempfile::tempdir_in(folder).map_err(at(folder))?;
    let inside = |name: &str| work.path().join(name);
    for name in ["selector", "input", "output", "root", "tmp"] {
        fs::create_dir(inside(name)).map_err(at(&inside(name)))?;
    }
    let autoboot = inside("selector").join(AUTOBOOT);
    let text = Autoboot::primary(Slot::A).print();
    let text = text.expect("three lines fit into a sector");
    fs::write(&autoboot, text).map_err(at(&autoboot))?;
    let input = inside("input");
    fat::make(
        &input.join("selector.vfat"),
        layout::SELECTOR,
        SELECTOR,
        &inside("selector"),
        epoch,
    )?;
    make_slot(parts.slot, &input.join("slot.vfat"), epoch)?;
    let data = input.join("data.ext4");
    fs::copy(parts.data, &data).map_err(at(parts.data))?;
    let config = inside("genimage.cfg");
    fs::write(&config, GENIMAGE).map_err(at(&config))?;
    Tool::new("genimage", epoch)
        .current_dir(work.path())
        .args(["--config", "genimage.cfg", "--rootpath", "root"])
        .args(["--inputpath", "input", "--outputpath", "output"])
        .args(["--tmppath", "tmp", "--loglevel", "1"])
        .run()?;
    let made = inside("output").join("card.img");
    write_state(&made, &input.join("slot.vfat"), epoch).map_err(at(&made))?;
    fs::rename(made, card).map_err(at(card))
}

/// The card's first record: from its first start on the appliance knows what is in its slots.
fn write_state(card: &Path, slot: &Path, epoch: u64) -> io::Result<()> {
    let (record, offset) = store::first(&state(&fs::read(slot)?, epoch));
    let mut card = File::options().write(true).open(card)?;
    card.seek(SeekFrom::Start(offset))?;
    card.write_all(&record)
}

/// What is known of a new card: this release, as its slots' partitions have it, is good in both.
#[must_use]
pub fn state(slot: &[u8], created: u64) -> State {
    let image = fat::used(slot);
    let image = Image {
        size: image.len() as u64,
        sha256: Digest::of(image),
    };
    State::new(VERSION, image, ROLLBACK_INDEX, created)
}

fn make_slot(folder: &Path, image: &Path, epoch: u64) -> Result<(), Error> {
    Ok(fat::make(image, layout::SLOT_A, SLOT, folder, epoch)?)
}

/// A slot's file system, as it is on the card and in a bundle.
pub fn slot_image(folder: &Path, epoch: u64) -> Result<Vec<u8>, Error> {
    let work = tempfile::tempdir().map_err(at(folder))?;
    let image = work.path().join("slot.vfat");
    make_slot(folder, &image, epoch)?;
    fs::read(&image).map_err(at(&image))
}

/// Packs a file with xz, the same bytes whatever the number of processors; returns where it is.
pub fn pack(file: &Path, epoch: u64) -> Result<PathBuf, Error> {
    let packed = Tool::new("xz", epoch)
        // Two threads and blocks of this size give the same file as one thread and such blocks would.
        .args(["--stdout", "-6", "--threads=2", "--block-size=67108864"])
        .args(["--check=crc64", "--"])
        .arg(file)
        .run()?;
    let mut path = file.as_os_str().to_owned();
    path.push(".xz");
    let path = PathBuf::from(path);
    fs::write(&path, packed).map_err(at(&path))?;
    Ok(path)
}

fn at(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File {
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::layout::PARTITIONS;

    /// `key = value` lines of the file with their block's name, sizes in bytes.
    fn stated() -> Vec<(String, String, u64)> {
        let mut block = String::new();
        let mut found = Vec::new();
        for line in GENIMAGE.lines().map(str::trim) {
            if let Some(name) = line.strip_suffix('{') {
                block = name.trim().to_owned();
            } else if let Some((key, value)) = line.split_once(" = ") {
                let number = match value.strip_prefix("0x") {
                    Some(hex) => u64::from_str_radix(hex, 16).ok(),
                    None => value
                        .strip_suffix('M')
                        .and_then(|mib| mib.parse().ok())
                        .map(|mib: u64| mib << 20),
                };
                found.extend(number.map(|number| (block.clone(), key.to_owned(), number)));
            }
        }
        found
    }

    #[test]
    fn genimage_is_told_the_layout_that_the_programs_know() {
        let names = ["selector", "slot-a", "slot-b", "data"];
        let mut expected = vec![
            (
                "hdimage".to_owned(),
                "disk-signature".to_owned(),
                u64::from(layout::DISK_SIGNATURE),
            ),
            (
                "hdimage".to_owned(),
                "align".to_owned(),
                layout::ALIGNMENT * layout::SECTOR,
            ),
        ];
        for (name, partition) in names.iter().zip(PARTITIONS) {
            let line = |key: &str, value| (format!("partition {name}"), key.to_owned(), value);
            expected.push(line("partition-type", partition.kind.into()));
            expected.push(line("offset", partition.area.offset()));
            expected.push(line("size", partition.area.size()));
        }
        assert_eq!(stated(), expected);
    }

    #[test]
    fn the_boards_autoboot_is_what_the_programs_print() {
        let board = include_bytes!("../../board/raspberrypi4/autoboot.txt");
        assert_eq!(Some(*board), Autoboot::primary(Slot::A).print());
    }
}
