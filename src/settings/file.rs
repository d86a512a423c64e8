//! Replacing a file as a whole, so that a power cut leaves the old one or the new one.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes `bytes` beside `path`, then puts them in its place: temporary file, fsync, rename,
/// fsync of the folder. A new file gets `mode` (its permission bits). Blocks on the disk.
///
/// # Errors
/// What the file system says; `path` then still has its old content.
pub fn replace_file(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    // A leftover of a power cut has somebody else's permissions perhaps: start afresh.
    match std::fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(beside, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_new_content_takes_the_place_of_the_old() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("accounts");
        replace_file(&path, b"one", 0o600).expect("first");
        replace_file(&path, b"two", 0o600).expect("second");
        assert_eq!(std::fs::read(&path).expect("read"), b"two");
        assert_eq!(
            std::fs::metadata(&path)
                .expect("metadata")
                .permissions()
                .mode()
                & 0o777,
            0o600
        );
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("list").count(),
            1,
            "nothing is left beside it"
        );
    }

    #[test]
    fn a_leftover_of_a_power_cut_is_no_obstacle() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::write(folder.path().join("s.toml.new"), "half a fi").expect("leftover");
        replace_file(&folder.path().join("s.toml"), b"whole", 0o644).expect("replace");
        assert_eq!(
            std::fs::read(folder.path().join("s.toml")).expect("read"),
            b"whole"
        );
    }

    #[test]
    fn a_missing_folder_is_an_error_and_not_made() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let error =
            replace_file(&folder.path().join("no/s.toml"), b"x", 0o644).expect_err("no folder");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
