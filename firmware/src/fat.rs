//! Makes the FAT file systems of the card, the same bytes every time: fixed serial numbers, files in a fixed order.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::slot::layout::{Partition, SECTOR};

use crate::tool::{self, Tool};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Tool(#[from] tool::Error),
    #[error("{}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// What a FAT file system is told when it is made.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// Eleven characters at most, as file managers show it.
    pub label: &'static str,
    pub serial: u32,
    /// In sectors. FAT32 wants at least 65525 clusters.
    pub cluster: u8,
    /// Files that come behind all others, in this order: those that every release changes. What lies in front of them
    /// stays where it was, and an update does not fetch it again.
    pub last: &'static [&'static str],
}

/// Makes an image for `partition` that holds what is in `content`.
pub fn make(
    image: &Path,
    partition: Partition,
    identity: Identity,
    content: &Path,
    epoch: u64,
) -> Result<(), Error> {
    let file = fs::File::create(image).map_err(at(image))?;
    file.set_len(partition.area.size()).map_err(at(image))?;
    Tool::new("mkfs.vfat", epoch)
        .args(["--invariant", "-F", "32", "-S", "512"])
        .args(["-s", &identity.cluster.to_string()])
        .args(["-i", &format!("{:08x}", identity.serial)])
        .args(["-n", identity.label])
        .arg(image)
        .run()?;
    copy(image, content, "::", identity.last, epoch)
}

/// The part of a file system that says something: up to the last sector that is not all zero.
#[must_use]
pub fn used(image: &[u8]) -> &[u8] {
    let last = image.iter().rposition(|byte| *byte != 0);
    let end = last.map_or(0, |last| (last + 1).next_multiple_of(SECTOR as usize));
    &image[..end.min(image.len())]
}

/// Folder by folder, because the order in which a folder is listed is chance, and so are the times of its files.
fn copy(image: &Path, folder: &Path, to: &str, last: &[&str], epoch: u64) -> Result<(), Error> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(at(folder))?;
    let place = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        last.iter().position(|last| *last == name)
    };
    entries.sort_by_key(|path| (place(path), path.clone()));
    let (folders, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
    for inner in folders {
        let name = inner.file_name().unwrap_or_default().to_string_lossy();
        let inside = format!("{to}/{name}");
        Tool::new("mmd", epoch)
            .arg("-i")
            .arg(image)
            .arg(&inside)
            .run()?;
        copy(image, &inner, &inside, last, epoch)?;
    }
    if !files.is_empty() {
        let tool = Tool::new("mcopy", epoch).arg("-i").arg(image).args(&files);
        tool.arg(format!("{to}/")).run()?;
    }
    Ok(())
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

    #[test]
    fn a_image_is_cut_behind_its_last_sector_that_is_not_zero() {
        let mut image = vec![0; 4096];
        assert_eq!(used(&image), [0; 0]);
        image[1500] = 1;
        assert_eq!(used(&image).len(), 1536);
        image[4095] = 1;
        assert_eq!(used(&image).len(), 4096);
    }
}
