//! Installs by patches over what runs.

use super::super::super::bundle::BLOCK;
use super::*;

static PATCHED: LazyLock<Release> = LazyLock::new(|| {
    let release = Release::new("1.1.0", 2, &[1, 2, 3]).with_change(3, 1000);
    release.over(&OLD, &[0, 3])
});

/// The old one with a byte changed, and patches for what differs.
pub(super) fn patched() -> Release {
    PATCHED.clone()
}

/// An install by the patches of [`patched`]; the blocks that came whole after all.
pub(super) fn install_patched(keeper: &mut Keeper<MemoryDisk>) -> Vec<u32> {
    let release = patched();
    let mut whole = begin(keeper, &release);
    whole.retain(|index| {
        let bytes = &release.patch(&old(), *index as usize);
        let index = *index;
        let news = keeper.take(Wish::Patch { index, bytes }).news;
        assert!(news == [News::Written(index)] || news == [News::Unpatched(index)]);
        news != [News::Written(index)]
    });
    send(keeper, &release, &whole);
    finish(keeper);
    whole
}

#[test]
fn an_update_by_patches_writes_what_was_signed_whatever_the_base_has_become() {
    let mut keeper = running();
    assert!(install_patched(&mut keeper).is_empty());
    assert!(has(&keeper.disk, Slot::B, &patched()));
    let mut keeper = running();
    let base = layout::SLOT_A.area.offset() + 3 * BLOCK as u64;
    keeper.disk.put(base + 700, b"rot");
    assert_eq!(install_patched(&mut keeper), [3]);
    assert!(has(&keeper.disk, Slot::B, &patched()));
}
