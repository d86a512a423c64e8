//! The data partition as it is when new: made by mke2fs, the same bytes every time, and packed for the appliance.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::slot::{layout, pristine};

use crate::tool::{self, Tool};

/// The journal keeps a file system whole that loses power at any write; everything else is what lets it grow online
/// to a card of any size (64bit, and room in `resize_inode` for the descriptors of 2 TiB), and checksums.
const FEATURES: &str = "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,\
large_file,huge_file,dir_nlink,extra_isize,metadata_csum";
/// In blocks: what one master boot record can say, and a little less than what the reserved descriptors can.
const GROWS_TO: u64 = (2 << 40) / pristine::BLOCK as u64;
/// Files a group of 128 MiB can hold. Settings and a few images need far fewer.
const INODES: u32 = 2048;
const JOURNAL_MIB: u32 = 4;
/// Fixed, because a random one would make every build another one. Nothing looks for the file system by it.
const UUID: &str = "f5e17a00-da7a-4c5e-8000-000000000001";
const HASH_SEED: &str = "f5e17a00-da7a-4c5e-8000-000000000002";

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
    #[error("pack the data partition")]
    Pack(#[from] pristine::Error),
}

/// Makes the file system in the file `image`.
pub fn make(image: &Path, epoch: u64) -> Result<(), Error> {
    let at = |source| Error::File {
        path: image.to_owned(),
        source,
    };
    let file = fs::File::create(image).map_err(at)?;
    file.set_len(layout::DATA.area.size()).map_err(at)?;
    Tool::new("mke2fs", epoch)
        .args(["-q", "-F", "-t", "ext4", "-m", "0", "-I", "256"])
        .args(["-b", &pristine::BLOCK.to_string(), "-N", &INODES.to_string()])
        .args(["-L", "farseat-data", "-U", UUID, "-O", FEATURES, "-e", "remount-ro"])
        .args(["-J", &format!("size={JOURNAL_MIB}"), "-E"])
        .arg(format!(
            "hash_seed={HASH_SEED},resize={GROWS_TO},lazy_itable_init=0,lazy_journal_init=0,nodiscard,root_owner=0:0"
        ))
        .arg(image)
        .run()?;
    Ok(())
}

/// The file that the appliance makes it anew from.
pub fn pack(image: &Path) -> Result<Vec<u8>, Error> {
    let bytes = fs::read(image).map_err(|source| Error::File {
        path: image.to_owned(),
        source,
    })?;
    let mut packed = Vec::new();
    pristine::pack(&bytes, &mut packed)?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_data_partition_is_sound_small_and_the_same_twice() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        make(&one, 1_700_000_000).unwrap();
        make(&other, 1_700_000_000).unwrap();
        let packed = pack(&one).unwrap();
        assert_eq!(packed, pack(&other).unwrap());
        assert!(packed.len() < 256 << 10, "{} bytes", packed.len());
        Tool::new("e2fsck", 0)
            .args(["-f", "-n"])
            .arg(&one)
            .run()
            .unwrap();
    }

    #[test]
    fn it_can_grow_to_the_largest_card() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("image");
        make(&image, 0).unwrap();
        let said = Tool::new("dumpe2fs", 0)
            .arg("-h")
            .arg(&image)
            .run()
            .unwrap();
        let said = String::from_utf8(said).unwrap();
        let reserved = said
            .lines()
            .find_map(|line| line.strip_prefix("Reserved GDT blocks:"));
        assert_eq!(reserved.map(str::trim), Some("255"), "{said}");
    }
}
