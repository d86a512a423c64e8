//! From the bytes of a slot to a header and packed blocks. Pure.

use std::io;

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::{Error, patching};
use crate::slot::bundle::{BLOCK, Block, Head, Header, Made, PACKED_LIMIT};
use crate::slot::digest::Digest;
use crate::slot::disk::Disk;
use crate::slot::fat::Fat;
use crate::slot::layout::SLOT_A;

/// Small before quick: it is packed once, and fetched by everybody.
pub(super) const LEVEL: u8 = 10;

/// A bundle that nobody has signed yet.
#[derive(Debug, Clone)]
pub struct Unsigned {
    pub header: Header,
    pub payload: Vec<u8>,
}

impl Unsigned {
    /// What is to be signed.
    #[must_use]
    pub fn to_sign(&self) -> Vec<u8> {
        Head::to_sign(&self.header)
    }
}

/// Packs `image`, what a slot shall have from its first byte on, with patches over the images `bases`.
///
/// # Errors
/// `made` or the image's size is nothing that an appliance would take.
pub fn pack(image: &[u8], made: Made, bases: &[&[u8]]) -> Result<Unsigned, Error> {
    let mut payload = Vec::new();
    let mut blocks = Vec::new();
    for (index, bytes) in image.chunks(BLOCK).enumerate() {
        let packed = if bytes.iter().all(|byte| *byte == 0) {
            Vec::new()
        } else {
            compress_to_vec_zlib(bytes, LEVEL)
        };
        if packed.len() > PACKED_LIMIT {
            return Err(Error::Pack(index));
        }
        blocks.push(Block {
            sha256: Digest::of(bytes),
            packed: packed.len() as u32,
        });
        payload.extend(packed);
    }
    let mut over = Vec::new();
    for base in bases {
        let (base, patches) = patching::over(base, image, &blocks);
        over.push(base);
        payload.extend(patches);
    }
    let header = Header {
        made,
        size: image.len() as u64,
        sha256: Digest::of(image),
        blocks,
        bases: over,
    };
    // The appliance's own reader says what it would not take.
    match Header::parse(&header.print()) {
        Ok(_) => Ok(Unsigned { header, payload }),
        Err(fault) => Err(Error::Header(fault)),
    }
}

/// Whether a slot with this image would start, as far as the appliance can tell before its seal.
///
/// # Errors
/// It would not.
pub fn must_boot(image: &[u8]) -> Result<(), Error> {
    let mut slot = InSlot(image);
    let boots = Fat::open(&mut slot, SLOT_A.area).and_then(|fat| fat.is_bootable(&mut slot));
    if matches!(boots, Ok(true)) {
        Ok(())
    } else {
        Err(Error::NotBootable)
    }
}

/// An image where slot A is on a card; behind it there are zeros.
struct InSlot<'a>(&'a [u8]);

impl Disk for InSlot<'_> {
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let from = at.checked_sub(SLOT_A.area.offset());
        let from = from.and_then(|from| usize::try_from(from).ok());
        let rest = from.map_or(&[][..], |from| self.0.get(from..).unwrap_or_default());
        let (there, behind) = buffer.split_at_mut(rest.len().min(buffer.len()));
        there.copy_from_slice(&rest[..there.len()]);
        behind.fill(0);
        Ok(())
    }

    fn write(&mut self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::slot::fat::ESSENTIAL;
    use crate::slot::fat::tests::file_system;

    pub(crate) fn made() -> Made {
        Made {
            product: "farseat".to_owned(),
            version: "1.0.0".to_owned(),
            channel: "stable".to_owned(),
            hardware: vec!["linux,dummy-virt".to_owned()],
            ..Made::default()
        }
    }

    #[test]
    fn zeros_take_no_room_and_the_same_image_packs_to_the_same_bytes() {
        let mut image = vec![0; BLOCK * 2 + 512];
        image[BLOCK * 2] = 1;
        let unsigned = pack(&image, made(), &[]).unwrap();
        let packed: Vec<u32> = unsigned
            .header
            .blocks
            .iter()
            .map(|block| block.packed)
            .collect();
        assert_eq!(packed, [0, 0, unsigned.payload.len() as u32]);
        assert!(unsigned.payload.len() < 100);
        let again = pack(&image, made(), &[]).unwrap();
        assert_eq!(
            (again.to_sign(), again.payload),
            (unsigned.to_sign(), unsigned.payload)
        );
    }

    #[test]
    fn bytes_that_cannot_be_packed_fit_all_the_same() {
        let noise: Vec<u8> = (0..BLOCK / 32)
            .flat_map(|at| Digest::of(&at.to_le_bytes()).0)
            .collect();
        let unsigned = pack(&noise, made(), &[]).unwrap();
        assert!(unsigned.payload.len() > BLOCK);
    }

    #[test]
    fn what_no_appliance_would_take_is_not_made() {
        let refused = |image: &[u8], made| pack(image, made, &[]).unwrap_err().to_string();
        let nameless = Made {
            version: String::new(),
            ..made()
        };
        assert!(refused(&[1; 512], nameless).contains("version"));
        assert!(refused(&[1; 100], made()).contains("no whole sectors"));
        assert!(refused(&[], made()).contains("none"));
        let large = vec![1; SLOT_A.area.size() as usize + 512];
        assert!(refused(&large, made()).contains("more than a slot"));
    }

    #[test]
    fn a_slot_without_a_kernel_is_seen() {
        let files = ESSENTIAL.map(|name| (name, &b"x"[..]));
        must_boot(&file_system(&files)).unwrap();
        let without = must_boot(&file_system(&files[..3]));
        assert!(matches!(without, Err(Error::NotBootable)));
        assert!(matches!(must_boot(&[7; 512]), Err(Error::NotBootable)));
        assert!(matches!(must_boot(&[]), Err(Error::NotBootable)));
    }
}
