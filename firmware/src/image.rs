//! A finished card image, read back: its partitions, the files in its FAT file systems, and what would boot from it.
//!
//! The checks read with it; the lab boots with it, and puts markers and preseed files on its first partition.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::slot::autoboot;
use crate::slot::firmware::{self, Boot, Bootloader, Content, Dark, Reset};
use crate::slot::layout::Area;
use crate::slot::mbr::{self, Mbr};
use fatfs::{FileSystem, FsOptions};

/// Longer files are not on a card of ours.
const LONGEST_FILE: u64 = 128 << 20;
/// The file by which the firmware chooses.
pub const AUTOBOOT: &str = "autoboot.txt";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} has no master boot record", .0.display())]
    NoBootRecord(PathBuf),
    #[error("there is no partition {0}")]
    NoPartition(u8),
    #[error("partition {number} has no FAT file system that can be read")]
    NoFat {
        number: u8,
        #[source]
        source: io::Error,
    },
    #[error("{path} on partition {number}")]
    Inside {
        number: u8,
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("{path} on partition {number} has {size} bytes; more than {LONGEST_FILE} are not read")]
    TooLong { number: u8, path: String, size: u64 },
}

/// An image file, or a card.
#[derive(Debug)]
pub struct Image {
    path: PathBuf,
    mbr: Mbr,
}

impl Image {
    pub fn open(path: &Path) -> Result<Image, Error> {
        let at = |source| Error::File {
            path: path.to_owned(),
            source,
        };
        let mut sector = [0; mbr::LENGTH];
        let mut file = File::open(path).map_err(at)?;
        file.read_exact(&mut sector).map_err(at)?;
        let mbr = Mbr::parse(&sector).ok_or_else(|| Error::NoBootRecord(path.to_owned()))?;
        Ok(Image {
            path: path.to_owned(),
            mbr,
        })
    }

    #[must_use]
    pub fn mbr(&self) -> &Mbr {
        &self.mbr
    }

    /// Bytes of the whole image.
    pub fn size(&self) -> Result<u64, Error> {
        let metadata = std::fs::metadata(&self.path).map_err(|source| self.at(source))?;
        Ok(metadata.len())
    }

    /// The bytes of a run of sectors.
    pub fn read(&self, area: Area) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut window = self.window(area, false)?;
        window
            .read_to_end(&mut bytes)
            .map_err(|source| self.at(source))?;
        Ok(bytes)
    }

    /// The FAT file system of a partition, from 1; `writable` when files are to be put there.
    pub fn fat(&self, number: u8, writable: bool) -> Result<Fat, Error> {
        let entry = self.mbr.partition(number);
        let entry = entry.ok_or(Error::NoPartition(number))?;
        let window = self.window(entry.area, writable)?;
        let options = FsOptions::new().update_accessed_date(false);
        let system =
            FileSystem::new(window, options).map_err(|source| Error::NoFat { number, source })?;
        Ok(Fat { number, system })
    }

    /// What the boot firmware sees of a partition.
    #[must_use]
    pub fn content(&self, number: u8) -> Content {
        let Ok(names) = self.fat(number, false).and_then(|fat| fat.names()) else {
            return Content::Unreadable;
        };
        let has = |wanted: fn(&str) -> bool| names.iter().any(|name| wanted(name));
        if has(|name| name.eq_ignore_ascii_case("start4.elf")) {
            Content::Bootable
        } else if has(is_firmware) {
            Content::OtherFirmware
        } else {
            Content::NoFirmware
        }
    }

    /// What boots from this card.
    pub fn boot(&self, bootloader: Bootloader, reset: Reset) -> Result<Boot, Dark> {
        let partitions = [1, 2, 3, 4].map(|number| self.content(number));
        let file = self.fat(1, false).and_then(|fat| fat.read(AUTOBOOT)).ok();
        let file = file.map(|mut file| {
            file.truncate(autoboot::LENGTH);
            file
        });
        firmware::decide(bootloader, reset, file.as_deref(), &partitions)
    }

    fn window(&self, area: Area, writable: bool) -> Result<Window, Error> {
        let file = File::options().read(true).write(writable).open(&self.path);
        Ok(Window {
            file: file.map_err(|source| self.at(source))?,
            start: area.offset(),
            length: area.size(),
            at: 0,
        })
    }

    fn at(&self, source: io::Error) -> Error {
        Error::File {
            path: self.path.clone(),
            source,
        }
    }
}

/// Whether a file is some board's firmware: what may never be on the selector.
#[must_use]
pub fn is_firmware(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("start") && name.ends_with(".elf")
}

/// An open FAT file system.
pub struct Fat {
    number: u8,
    system: FileSystem<Window>,
}

impl Fat {
    /// Names in the root folder, folders too.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        for entry in self.system.root_dir().iter() {
            names.push(
                entry
                    .map_err(|source| self.inside("/", source))?
                    .file_name(),
            );
        }
        Ok(names)
    }

    /// All files with their sizes, in folders as `folder/name`, sorted.
    pub fn files(&self) -> Result<Vec<(String, u64)>, Error> {
        let mut files = Vec::new();
        let mut folders = vec![(String::new(), self.system.root_dir())];
        while let Some((path, folder)) = folders.pop() {
            for entry in folder.iter() {
                let entry = entry.map_err(|source| self.inside(&path, source))?;
                let name = entry.file_name();
                if name == "." || name == ".." {
                    continue;
                }
                let inner = format!("{path}{name}");
                if entry.is_dir() {
                    folders.push((inner + "/", entry.to_dir()));
                } else {
                    files.push((inner, entry.len()));
                }
            }
        }
        files.sort();
        Ok(files)
    }

    pub fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let inside = |source| self.inside(path, source);
        let mut file = self.system.root_dir().open_file(path).map_err(inside)?;
        let size = file.seek(SeekFrom::End(0)).map_err(inside)?;
        if size > LONGEST_FILE {
            return Err(Error::TooLong {
                number: self.number,
                path: path.to_owned(),
                size,
            });
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).map_err(inside)?;
        file.read_to_end(&mut bytes).map_err(inside)?;
        Ok(bytes)
    }

    /// Puts a file there, in place of one of that name.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let inside = |source| self.inside(path, source);
        let mut file = self.system.root_dir().create_file(path).map_err(inside)?;
        file.truncate().map_err(inside)?;
        file.write_all(bytes).map_err(inside)?;
        file.flush().map_err(inside)
    }

    pub fn remove(&self, path: &str) -> Result<(), Error> {
        let removed = self.system.root_dir().remove(path);
        removed.map_err(|source| self.inside(path, source))
    }

    fn inside(&self, path: &str, source: io::Error) -> Error {
        Error::Inside {
            number: self.number,
            path: path.to_owned(),
            source,
        }
    }
}

/// A part of a file that is a file of its own.
struct Window {
    file: File,
    start: u64,
    length: u64,
    at: u64,
}

impl Window {
    /// How many of `wanted` bytes lie inside from here on.
    fn inside(&self, wanted: usize) -> usize {
        let left = self.length.saturating_sub(self.at);
        usize::try_from(left).map_or(wanted, |left| wanted.min(left))
    }

    fn go(&mut self) -> io::Result<()> {
        let at = self.start.checked_add(self.at);
        let at = at.ok_or(io::ErrorKind::InvalidInput)?;
        self.file.seek(SeekFrom::Start(at)).map(drop)
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let inside = self.inside(buffer.len());
        self.go()?;
        let read = self.file.read(&mut buffer[..inside])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Write for Window {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let inside = self.inside(buffer.len());
        self.go()?;
        let written = self.file.write(&buffer[..inside])?;
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
