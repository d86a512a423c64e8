//! The preseed file on the boot partition: found, read within bounds, and its secrets overwritten.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::blank::blanked;
use super::document::Document;
use super::refusal::Refusal;
use super::wishes::Wishes;
use super::{imager, own};

/// Far above any real preseed file.
const LARGEST: u64 = 64 * 1024;

/// Which of the two files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Own,
    /// Raspberry Pi Imager's.
    Imager,
}

impl Format {
    /// In the order in which they are looked for.
    pub const ALL: [Format; 2] = [Format::Own, Format::Imager];

    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Format::Own => "farseat.toml",
            Format::Imager => "rpi-preseed.toml",
        }
    }
}

/// A preseed file as it was found.
pub struct Source {
    pub format: Format,
    path: PathBuf,
    bytes: Vec<u8>,
}

/// What is in it.
#[derive(Debug)]
pub struct Reading {
    pub wishes: Wishes,
    /// Keys that ask for something which this appliance does not know.
    pub unknown: Vec<String>,
    /// Sentences for the person who wrote the file.
    pub remarks: Vec<String>,
    /// The same file without its secrets.
    blanked: Vec<u8>,
    is_blank: bool,
}

impl Reading {
    /// Tells two files apart, but not two secrets: what can be guessed from it is no secret.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.blanked);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether no secret stands in the file (any more).
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.is_blank
    }

    /// The file's bytes with its secrets overwritten.
    #[must_use]
    pub fn blanked(&self) -> &[u8] {
        &self.blanked
    }

    /// Reads the bytes of a file. Pure.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn of(format: Format, bytes: &[u8]) -> Result<Reading, Refusal> {
        if bytes.len() as u64 > LARGEST {
            return Err(Refusal::of_file(format!(
                "the file is too large: allowed are {LARGEST} bytes"
            )));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            Refusal::at(
                line,
                None,
                "not text in UTF-8: save the file with that encoding",
            )
        })?;
        let mut document = Document::parse(text)?;
        let draft = match format {
            Format::Own => own::read(&mut document)?,
            Format::Imager => imager::read(&mut document)?,
        };
        let (unknown, secrets) = document.close();
        let blanked = blanked(text, &secrets);
        Ok(Reading {
            wishes: draft.wishes,
            unknown,
            remarks: draft.remarks,
            is_blank: blanked == bytes,
            blanked,
        })
    }
}

impl Source {
    /// The files that are there, in the order of [`Format::ALL`].
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn find(boot: &Path) -> io::Result<Vec<Source>> {
        let mut found = Vec::new();
        for format in Format::ALL {
            let path = boot.join(format.file_name());
            match File::open(&path) {
                Ok(file) => {
                    let mut bytes = Vec::new();
                    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
                    found.push(Source {
                        format,
                        path,
                        bytes,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Reads it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(&self) -> Result<Reading, Refusal> {
        Reading::of(self.format, &self.bytes)
    }

    /// Overwrites the secrets in the file, in place: the file system gives the same length no new
    /// blocks. What a card's controller keeps of the old ones, nobody outside can say.
    ///
    /// # Errors
    /// The file cannot be written, or is not the one that was read.
    pub fn blank(&self, reading: &Reading) -> io::Result<()> {
        if reading.is_blank {
            return Ok(());
        }
        let file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        let mut now = Vec::new();
        (&file).take(LARGEST + 1).read_to_end(&mut now)?;
        if now != self.bytes || now.len() != reading.blanked.len() {
            return Err(io::Error::other("the file changed while it was read"));
        }
        let mut at = 0;
        while at < now.len() {
            let same = |at: usize| now[at] == reading.blanked[at];
            let end = (at..now.len())
                .find(|&end| same(end) != same(at))
                .unwrap_or(now.len());
            if !same(at) {
                file.write_all_at(&reading.blanked[at..end], at as u64)?;
            }
            at = end;
        }
        file.sync_all()
    }
}
