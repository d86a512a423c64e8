//! The items of a HID report descriptor (HID 1.11, 6.2.2.2 and 6.2.2.3), one after another.
//!
//! [`descriptor`](super::descriptor) gives them meaning. Reads no byte beyond the slice.

/// One short item: its prefix byte and up to four data bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    prefix: u8,
    data: [u8; 4],
    size: usize,
}

impl Item {
    /// Type and tag, as the prefix byte has them with its size bits cleared.
    pub(super) fn tag(&self) -> u8 {
        self.prefix & 0xFC
    }

    pub(super) fn unsigned(&self) -> u32 {
        u32::from_le_bytes(self.data)
    }

    pub(super) fn signed(&self) -> i32 {
        if self.size == 0 {
            return 0;
        }
        let shift = 32 - 8 * self.size;
        ((self.unsigned() << shift).cast_signed()) >> shift
    }

    /// A usage: with four bytes the high half is its page (6.2.2.8).
    pub(super) fn usage(&self) -> (Option<u16>, u16) {
        let [a, b, c, d] = self.data;
        (
            (self.size == 4).then(|| u16::from_le_bytes([c, d])),
            u16::from_le_bytes([a, b]),
        )
    }
}

/// Walks over the short items, skipping long ones. Yields `None` as its last element when the
/// descriptor ends inside an item.
pub(super) struct Items<'a>(&'a [u8]);

impl<'a> Items<'a> {
    pub(super) fn new(descriptor: &'a [u8]) -> Self {
        Items(descriptor)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn long_item(&mut self) -> Option<()> {
        let [size, _tag] = *self.take(2)? else {
            return None;
        };
        self.take(usize::from(size)).map(drop)
    }

    fn short_item(&mut self, prefix: u8) -> Option<Item> {
        // 6.2.2.2: size 3 means four bytes.
        let size = [0, 1, 2, 4][usize::from(prefix & 3)];
        let mut data = [0; 4];
        data[..size].copy_from_slice(self.take(size)?);
        Some(Item { prefix, data, size })
    }
}

impl Iterator for Items<'_> {
    type Item = Option<Item>;

    fn next(&mut self) -> Option<Option<Item>> {
        const LONG: u8 = 0xFE;
        while let Some((&prefix, rest)) = self.0.split_first() {
            self.0 = rest;
            let item = if prefix == LONG {
                self.long_item().map(|()| None)
            } else {
                self.short_item(prefix).map(Some)
            };
            match item {
                Some(None) => {}
                Some(found) => return Some(found),
                None => {
                    self.0 = &[];
                    return Some(None);
                }
            }
        }
        None
    }
}
