//! A finished bundle, read back as the appliance reads it: its head, whether it is to be believed, every block.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::{Error, reading};
use crate::slot::bundle::{BLOCK, Block, Fault, HEAD_LIMIT, Head, Verified, verify};
use crate::slot::digest::{Digest, Summing};
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

    /// Goes through every block and the whole image.
    ///
    /// # Errors
    /// Something is not what the header says.
    pub fn check_payload(&mut self) -> Result<(), Error> {
        let mut sum = Summing::default();
        let mut size = 0;
        for index in 0..self.head.header.blocks.len() {
            let bytes = self.block(index)?;
            size += bytes.len() as u64;
            sum.add(&bytes);
        }
        let header = &self.head.header;
        if (size, sum.finish()) != (header.size, header.sha256) {
            return Err(Error::Image(self.path.clone()));
        }
        Ok(())
    }

    /// Block `index` as it goes to the card.
    ///
    /// # Errors
    /// It is not what the header says.
    pub fn block(&mut self, index: usize) -> Result<Vec<u8>, Error> {
        let wrong = || Error::Block {
            path: self.path.clone(),
            index,
        };
        let header = &self.head.header;
        let block: Block = *header.blocks.get(index).ok_or_else(wrong)?;
        let length = header.length(index);
        let at = self.head.length as u64 + header.offsets().nth(index).ok_or_else(wrong)?;
        let mut packed = vec![0; block.packed as usize];
        self.file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.read_exact(&mut packed))
            .map_err(reading(&self.path))?;
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

    /// The packed blocks, one behind the other.
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
