//! The monotonic clock, the one that the shim stamps frames with, and those stamps.

use std::path::{Path, PathBuf};

use rustix::time::{ClockId, clock_gettime};

/// Stamps in the shim's shared file (`RING` in `shim.c`), behind two other numbers.
const RING: usize = 65_536;
const FIRST_STAMP: usize = 2;

/// Nanoseconds of `CLOCK_MONOTONIC`.
pub(crate) fn now() -> u64 {
    let t = clock_gettime(ClockId::Monotonic);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

/// When each frame became ready, as the shim wrote it.
pub(crate) struct Stamps(Vec<u64>);

#[derive(Debug, thiserror::Error)]
#[error("read the frame times from {}", path.display())]
pub(crate) struct StampsError {
    path: PathBuf,
    source: std::io::Error,
}

impl Stamps {
    pub(crate) fn read(path: &Path) -> Result<Self, StampsError> {
        let bytes = std::fs::read(path).map_err(|source| StampsError {
            path: path.to_owned(),
            source,
        })?;
        Ok(Stamps::from_bytes(&bytes))
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let (words, _) = bytes.as_chunks();
        Stamps(words.iter().map(|word| u64::from_ne_bytes(*word)).collect())
    }

    /// Milliseconds between a frame's readiness and `then`; nothing for a frame that never was.
    pub(crate) fn age_ms(&self, id: u32, then: u64) -> Option<f64> {
        let ready = *self.0.get(FIRST_STAMP + id as usize % RING)?;
        (ready != 0 && ready <= then).then(|| (then - ready) as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps(words: &[u64]) -> Stamps {
        Stamps::from_bytes(
            &words
                .iter()
                .flat_map(|w| w.to_ne_bytes())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn the_age_of_a_frame_is_counted_from_its_stamp() {
        let stamps = stamps(&[1, 0, 0, 1_000_000]);
        assert_eq!(stamps.age_ms(1, 3_500_000), Some(2.5));
    }

    #[test]
    fn a_frame_that_was_never_stamped_or_lies_in_the_future_has_no_age() {
        let stamps = stamps(&[1, 0, 0, 1_000_000]);
        assert_eq!(stamps.age_ms(0, 3_500_000), None, "id 0 is never used");
        assert_eq!(stamps.age_ms(1, 999_999), None);
        assert_eq!(stamps.age_ms(7, 3_500_000), None, "beyond the file");
    }
}
