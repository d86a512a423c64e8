//! A finished bundle, read back as the appliance reads it: its head, whether it is to be believed, every block.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::{Error, reading};
use crate::slot::bundle::{BLOCK, Block, Fault, HEAD_LIMIT, Head, Verified, verify};
use crate::slot::digest::Digest;
use crate::slot::keys::Key;

/// A bundle's file.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    file: File,
    length: u64,
    /// Not to be believed before [`Bundle::verify`].
    pub head: Head,
}

impl Bundle {
    /// Reads the head.
    ///
    /// # Errors
    /// There is none, or the file is shorter or longer than it says.
    pub fn open(path: &Path) -> Result<Bundle, Error> {
        let mut file = File::open(path).map_err(reading(path))?;
        let length = file.metadata().map_err(reading(path))?.len();
        let mut front = Vec::new();
        (&mut file)
            .take(HEAD_LIMIT as u64)
            .read_to_end(&mut front)
            .map_err(reading(path))?;
        let head = Head::parse(&front).map_err(|fault| match fault {
            Fault::Short(missing) => Error::TooShort {
                path: path.to_owned(),
                expected: length + missing as u64,
                found: length,
            },
            fault => Error::Head {
                path: path.to_owned(),
                fault,
            },
        })?;
        let expected = head.length as u64 + head.header.payload();
        if length < expected {
            return Err(Error::TooShort {
                path: path.to_owned(),
                expected,
                found: length,
            });
        }
        if length > expected {
            return Err(Error::Trailing {
                path: path.to_owned(),
                more: length - expected,
            });
        }
        Ok(Bundle {
            path: path.to_owned(),
            file,
            length,
            head,
        })
    }

    /// Bytes of the whole file.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Believes the head when one of `keys` has signed it.
    ///
    /// # Errors
    /// Why it is not to be believed.
    pub fn verify(&self, keys: &[Key]) -> Result<Verified, Error> {
        verify(&self.head, keys).map_err(|reason| Error::Untrusted {
            path: self.path.clone(),
            reason,
        })
    }

    /// Goes through every block, the whole image, and every patch as far as it can be seen without its base.
    ///
    /// # Errors
    /// Something is not what the header says.
    pub fn check_payload(&mut self) -> Result<(), Error> {
        self.image()?;
        let header = &self.head.header;
        let mut at = self.head.length as u64 + header.offsets().last().unwrap_or(0);
        let patches = header.bases.iter().flat_map(|base| base.patches.clone());
        for patch in patches.collect::<Vec<_>>() {
            let packed = self.read(at, patch.packed as usize)?;
            decompress_to_vec_zlib_with_limit(&packed, BLOCK).map_err(|_| Error::Patch {
                path: self.path.clone(),
                block: patch.block,
            })?;
            at += u64::from(patch.packed);
        }
        Ok(())
    }

    /// What the slot shall have.
    ///
    /// # Errors
    /// A block or the whole is not what the header says.
    pub fn image(&mut self) -> Result<Vec<u8>, Error> {
        let mut image = Vec::new();
        for index in 0..self.head.header.blocks.len() {
            image.extend(self.block(index)?);
        }
        let header = &self.head.header;
        if (image.len() as u64, Digest::of(&image)) != (header.size, header.sha256) {
            return Err(Error::Image(self.path.clone()));
        }
        Ok(image)
    }

    fn read(&mut self, at: u64, length: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; length];
        self.file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(reading(&self.path))?;
        Ok(bytes)
    }

    /// Block `index` as it goes to the card.
    ///
    /// # Errors
    /// It is not what the header says.
    pub fn block(&mut self, index: usize) -> Result<Vec<u8>, Error> {
        let path = self.path.clone();
        let wrong = || Error::Block {
            path: path.clone(),
            index,
        };
        let header = &self.head.header;
        let block: Block = *header.blocks.get(index).ok_or_else(wrong)?;
        let length = header.length(index);
        let at = self.head.length as u64 + header.offsets().nth(index).ok_or_else(wrong)?;
        let packed = self.read(at, block.packed as usize)?;
        let bytes = if packed.is_empty() {
            vec![0; length]
        } else {
            decompress_to_vec_zlib_with_limit(&packed, BLOCK).map_err(|_| wrong())?
        };
        if bytes.len() != length || Digest::of(&bytes) != block.sha256 {
            return Err(wrong());
        }
        Ok(bytes)
    }

    /// The packed blocks and patches, one behind the other.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn payload(&mut self) -> Result<Vec<u8>, Error> {
        let mut payload = Vec::new();
        self.file
            .seek(SeekFrom::Start(self.head.length as u64))
            .and_then(|_| self.file.read_to_end(&mut payload))
            .map_err(reading(&self.path))?;
        Ok(payload)
    }
}
