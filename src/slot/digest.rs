//! SHA-256 sums, as bundles and slot states carry them.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A SHA-256 sum (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Digest(pub [u8; Digest::LENGTH]);

impl Digest {
    /// Bytes of a sum.
    pub const LENGTH: usize = 32;

    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }
}

/// Sums up bytes that come piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Summing(Sha256);

impl Summing {
    /// The next piece.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum of all pieces.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_standards_and_pieces_make_the_same() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").to_string(), abc);
        let mut summing = Summing::default();
        summing.add(b"a");
        summing.add(b"bc");
        assert_eq!(summing.finish(), Digest::of(b"abc"));
    }
}
