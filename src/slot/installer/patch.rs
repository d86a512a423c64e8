//! A block that is made from what runs: the window of the running slot, and a patch that came from outside.

use super::super::bundle::patch::apply;
use super::super::disk::Disk;
use super::super::layout;
use super::super::refusal::Refusal;
use super::Installer;

impl Installer {
    /// Makes block `index` by a patch, as `serve` unpacked it. Whether it is the one that was signed: if not, nothing has
    /// changed, and the whole block may come. Memory meanwhile: the window and one block more.
    ///
    /// # Errors
    /// It is not the time for blocks, or the card cannot be written.
    pub fn patch(
        &mut self,
        disk: &mut impl Disk,
        index: u32,
        patch: &[u8],
    ) -> Result<bool, Refusal> {
        let block = self.patched(disk, index, patch).unwrap_or_default();
        match self.block(disk, index, &block) {
            Ok(()) => Ok(true),
            Err(Refusal::Block(_)) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    fn patched(&self, disk: &mut impl Disk, index: u32, patch: &[u8]) -> Option<Vec<u8>> {
        let window = self.plan.windows.get(&index)?;
        let length = usize::try_from(window.end - window.start).ok()?;
        let mut bytes = vec![0; length];
        let running = layout::slot(!self.target).area.offset();
        // A window that cannot be read is one that is not there.
        disk.read(running + window.start, &mut bytes).ok()?;
        apply(patch, &bytes, self.plan.length(index as usize))
    }
}
