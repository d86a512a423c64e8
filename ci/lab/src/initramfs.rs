//! The initramfs as a newc cpio archive, built in memory: no root, no `cpio`, the same bytes every time. Pure.

/// The kernel wants no compression; an archive is a few megabytes.
#[derive(Debug)]
pub struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const FILE: u32 = 0o100_644;

impl Default for Archive {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            entries: 1,
        }
    }
}

impl Archive {
    /// Adds an empty folder; its parents must have been added before.
    pub fn folder(&mut self, path: &str) {
        self.entry(path, FOLDER, &[]);
    }

    /// Adds a program.
    pub fn program(&mut self, path: &str, content: &[u8]) {
        self.entry(path, PROGRAM, content);
    }

    /// Adds a plain file.
    pub fn file(&mut self, path: &str, content: &[u8]) {
        self.entry(path, FILE, content);
    }

    /// The finished archive.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        let path = path.trim_start_matches('/');
        let links = if mode == FOLDER { 2 } else { 1 };
        // inode, mode, uid, gid, links, mtime, size, device (2), special device (2), length of the name, checksum
        let fields = [
            self.entries,
            mode,
            0,
            0,
            links,
            0,
            content.len() as u32,
            0,
            0,
            0,
            0,
            path.len() as u32 + 1,
            0,
        ];
        self.bytes.extend(b"070701");
        for field in fields {
            self.bytes.extend(format!("{field:08X}").bytes());
        }
        self.bytes.extend(path.bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend(content);
        self.pad();
        self.entries += 1;
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_aligned_and_names_its_size() {
        let mut archive = Archive::default();
        archive.program("/init", b"12345");
        // 110 bytes of header, "init\0", one of padding, 5 of content, 3 of padding.
        assert_eq!(archive.bytes.len(), 116 + 8);
        assert_eq!(&archive.bytes[..6], b"070701");
        assert_eq!(&archive.bytes[14..22], b"000081ED");
        assert_eq!(&archive.bytes[54..62], b"00000005");
        assert_eq!(&archive.bytes[110..121], b"init\0\x0012345");
    }

    #[test]
    fn the_archive_ends_with_the_trailer() {
        let bytes = Archive::default().finish();
        assert!(bytes.windows(11).any(|part| part == b"TRAILER!!!\0"));
        assert_eq!(bytes.len() % 4, 0);
    }
}
