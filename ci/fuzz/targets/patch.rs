//! A patch over a window of an older release: it makes a block of the right length, or none. The first two bytes say how
//! long the block is, the third how much of the rest is the window.

#![no_main]

use farseat_fuzz::slot::bundle::BLOCK;
use farseat_fuzz::slot::bundle::patch::apply;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [low, high, share, rest @ ..] = bytes else {
        return;
    };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    let (window, patch) = rest.split_at(usize::from(*share).min(rest.len()));
    for length in [length, BLOCK] {
        if let Some(block) = apply(patch, window, length) {
            assert_eq!(block.len(), length);
        }
    }
});
