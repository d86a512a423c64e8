//! What the fuzz targets share: the appliance's own files, and a disk that is nothing but the fuzzer's bytes.
//!
//! Each target hands hostile bytes to one reader and says what has to hold whatever they are; a panic is found by itself.
//! Run by `ci/fuzz/run`.

mod auth;
pub mod certificate;
#[path = "../../../src/hid/mod.rs"]
pub mod hid;
#[path = "../../../src/update/index.rs"]
mod index;
#[path = "../../../src/lan.rs"]
#[allow(dead_code, reason = "settings take addresses only")]
mod lan;
#[path = "../../../src/web/origin.rs"]
mod origin;
mod preseed;
pub mod request;
#[path = "../../../src/settings/mod.rs"]
#[allow(dead_code, unused_imports, reason = "there is no file here")]
mod settings;
#[path = "../../../src/slot/mod.rs"]
pub mod slot;
mod target;
pub mod video;

use std::io;
use std::path::Path;

use slot::disk::Disk;

/// Bytes at a place on a disk of zeros; everything written is forgotten.
pub struct Bytes<'a> {
    pub at: u64,
    pub bytes: &'a [u8],
}

impl Disk for Bytes<'_> {
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        for (offset, byte) in buffer.iter_mut().enumerate() {
            let index = (at + offset as u64).checked_sub(self.at);
            let index = index.and_then(|index| usize::try_from(index).ok());
            *byte = index
                .and_then(|index| self.bytes.get(index))
                .copied()
                .unwrap_or(0);
        }
        Ok(())
    }

    fn write(&mut self, _: u64, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `origin` is the web face's own; here is its door for the target.
pub mod site {
    use http::uri::Authority;

    use super::origin;

    pub fn is_ours(host: &Authority, is_called: impl Fn(&str) -> bool) -> bool {
        origin::is_ours(host, is_called)
    }

    pub fn is_same_site(origin: &str, host: &Authority, tls: bool) -> bool {
        origin::is_same_site(origin, host, tls)
    }
}

/// Reads a release channel's list; whatever of it would be shown can be.
pub fn read_index(list: &[u8]) {
    let Ok(index) = index::Index::parse(list) else {
        return;
    };
    let _ = index.created;
    let hardware = ["a".to_owned(), "raspberrypi,4-model-b".to_owned()];
    if let Some(entry) = index.newest(&hardware, 1) {
        assert!(entry.is_shown() && entry.rollback_index >= 1);
        let _ = (entry.created, entry.size, entry.url);
    }
}

/// Reads a settings file; what is taken is allowed, and written, it is read as the same.
pub fn read_settings(text: &str) {
    let base = settings::Settings::default();
    let there = Path::new("settings.toml");
    match settings::Settings::read_over(&base, text, there) {
        Ok(read) => {
            assert_eq!(read.check(), Ok(()));
            let written = read.write_over(&base).expect("settings can be written");
            let again = settings::Settings::read_over(&base, &written, there);
            assert_eq!(again.expect("and read again"), read);
        }
        Err(refused) => assert!(!refused.to_string().is_empty()),
    }
}

/// Reads a preseed file, Raspberry Pi Imager's or our own; overwriting its secrets is done once.
pub fn read_preseed(imagers: bool, file: &[u8]) {
    let format = if imagers {
        preseed::Format::Imager
    } else {
        preseed::Format::Own
    };
    let Ok(reading) = preseed::Reading::of(format, file) else {
        return;
    };
    let blanked = reading.blanked();
    assert_eq!(blanked.len(), file.len());
    let again = preseed::Reading::of(format, blanked).expect("what was overwritten is still read");
    assert!(again.is_blank());
    assert_eq!(again.fingerprint(), reading.fingerprint());
}
