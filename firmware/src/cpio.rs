//! newc cpio archives, which the kernel takes as an initramfs: written without root, and read back from any bytes. Pure.
//!
//! Source: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.

const MAGIC: &[u8] = b"070701";
const HEADER: usize = 110;
const TRAILER: &str = "TRAILER!!!";

/// Bits of a mode.
pub const KIND: u32 = 0o170_000;
pub const FOLDER: u32 = 0o040_000;
pub const FILE: u32 = 0o100_000;

/// One thing in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Without a slash in front.
    pub path: String,
    /// Kind and permissions, as `stat` has them.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub content: Vec<u8>,
}

impl Entry {
    #[must_use]
    pub fn folder(path: &str) -> Entry {
        Entry::owned_by_root(path, FOLDER | 0o755, Vec::new())
    }

    /// A file that everybody may read and nobody may write.
    #[must_use]
    pub fn file(path: &str, content: Vec<u8>) -> Entry {
        Entry::owned_by_root(path, FILE | 0o444, content)
    }

    #[must_use]
    pub fn program(path: &str, content: Vec<u8>) -> Entry {
        Entry::owned_by_root(path, FILE | 0o555, content)
    }

    fn owned_by_root(path: &str, mode: u32, content: Vec<u8>) -> Entry {
        Entry {
            path: path.to_owned(),
            mode,
            uid: 0,
            gid: 0,
            content,
        }
    }

    #[must_use]
    pub fn is(&self, kind: u32) -> bool {
        self.mode & KIND == kind
    }
}

/// The archive of the entries in their order; all bear the same time.
#[must_use]
pub fn write(entries: &[Entry], epoch: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, entry) in (1..).zip(entries) {
        put(&mut bytes, number, entry, epoch as u32);
    }
    let trailer = Entry::owned_by_root(TRAILER, 0, Vec::new());
    put(&mut bytes, 0, &trailer, 0);
    bytes
}

fn put(bytes: &mut Vec<u8>, inode: u32, entry: &Entry, time: u32) {
    let links = if entry.is(FOLDER) { 2 } else { 1 };
    let (size, name) = (entry.content.len() as u32, entry.path.len() as u32 + 1);
    bytes.extend(MAGIC);
    // inode, mode, uid, gid, links, time, size, device (2), special device (2), length of the name, checksum
    for field in [
        inode, entry.mode, entry.uid, entry.gid, links, time, size, 0, 0, 0, 0, name, 0,
    ] {
        bytes.extend(format!("{field:08X}").bytes());
    }
    bytes.extend(entry.path.bytes());
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(&entry.content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    #[error("the archive ends inside an entry, at byte {0}")]
    CutOff(usize),
    #[error("there is no newc entry at byte {0}")]
    NoEntry(usize),
    #[error("the name at byte {0} is no text")]
    Name(usize),
}

/// Reads one archive; what follows the trailer is not looked at.
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    let mut at = 0;
    loop {
        let (entry, next) = entry(bytes, at)?;
        if entry.path == TRAILER {
            return Ok(entries);
        }
        entries.push(entry);
        at = next;
    }
}

/// The entry at a place, and where the next one is.
fn entry(bytes: &[u8], at: usize) -> Result<(Entry, usize), Error> {
    let slice = |from: usize, length: usize| {
        let to = from.checked_add(length).ok_or(Error::CutOff(at))?;
        bytes.get(from..to).ok_or(Error::CutOff(at))
    };
    let header = slice(at, HEADER)?;
    if !header.starts_with(MAGIC) {
        return Err(Error::NoEntry(at));
    }
    let field = |index: usize| {
        let text = header.get(6 + index * 8..14 + index * 8);
        let text = text.and_then(|text| std::str::from_utf8(text).ok());
        text.and_then(|text| u32::from_str_radix(text, 16).ok())
            .ok_or(Error::NoEntry(at))
    };
    let name = slice(at + HEADER, field(11)? as usize)?;
    let path = name
        .strip_suffix(&[0])
        .and_then(|name| std::str::from_utf8(name).ok());
    let path = path.ok_or(Error::Name(at + HEADER))?;
    let content_at = (at + HEADER + name.len()).next_multiple_of(4);
    let content = slice(content_at, field(6)? as usize)?;
    let entry = Entry {
        path: path
            .trim_start_matches("./")
            .trim_start_matches('/')
            .to_owned(),
        mode: field(1)?,
        uid: field(2)?,
        gid: field(3)?,
        content: content.to_vec(),
    };
    Ok((entry, (content_at + content.len()).next_multiple_of(4)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read_back() {
        let entries = [
            Entry::folder("dev"),
            Entry::program("init", b"12345".to_vec()),
            Entry::file("usr", b"".to_vec()),
        ];
        let bytes = write(&entries, 1);
        assert_eq!(read(&bytes).unwrap(), entries);
        assert_eq!(bytes, write(&entries, 1));
        assert_ne!(bytes, write(&entries, 2));
    }

    #[test]
    fn an_archive_that_is_cut_off_is_told() {
        let bytes = write(&[Entry::program("init", b"12345".to_vec())], 0);
        assert_eq!(read(&bytes[..118]), Err(Error::CutOff(0)));
        assert_eq!(read(&bytes[..124]), Err(Error::CutOff(124)));
        assert_eq!(read(&bytes[4..]), Err(Error::NoEntry(0)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0_usize..118, byte: u8) {
            let _ = read(&bytes);
            let mut spoilt = write(&[Entry::program("init", b"12345".to_vec())], 0);
            spoilt[at] = byte;
            let _ = read(&spoilt);
        }
    }
}
