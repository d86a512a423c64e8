//! Reading and writing the fixed layouts of `slot`: little-endian numbers, short texts. Every read is bounded by what is there.

/// Takes fields from the front of some bytes.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// The bytes end before the field does, or the field is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Short {
    /// How many more bytes the field needs.
    pub(super) missing: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Short> {
        let missing = Short {
            missing: length.saturating_sub(self.rest.len()),
        };
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(missing)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Short> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A byte that is 0 or 1, and nothing else.
    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.u8().ok()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn u16(&mut self) -> Result<u16, Short> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Short> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Short> {
        self.array().map(u64::from_le_bytes)
    }

    /// A byte that says how long, and so many bytes.
    pub(super) fn short(&mut self) -> Result<&'a [u8], Short> {
        let length = self.u8()?;
        self.take(length.into())
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

/// A byte that says how long, and so many bytes: at most 255, what is more is cut.
pub(super) fn put_short(bytes: &mut Vec<u8>, text: &[u8]) {
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    bytes.push(length);
    bytes.extend(&text[..length.into()]);
}
