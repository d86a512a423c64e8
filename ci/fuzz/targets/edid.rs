//! An EDID, as a bridge says it or an operator uploads it: with its checksums as they come, and made right, so that the
//! fuzzer reaches what is behind them. What is taken can be described, and is kept as it is.

#![no_main]

use farseat_fuzz::video::edid::{Edid, EdidWish, MOST_BLOCKS};
use libfuzzer_sys::fuzz_target;

fn read(bytes: &[u8]) {
    match Edid::parse(bytes) {
        Ok(edid) => {
            assert_eq!(edid.bytes(), bytes);
            assert!(bytes.len().is_multiple_of(128) && bytes.len() <= 128 * MOST_BLOCKS);
            let said = edid.description();
            let preferred = said.preferred.expect("a preferred mode");
            assert!(preferred.width > 0 && preferred.height > 0);
            assert!(said.screens.contains(&preferred) && said.screens.len() < 64 * MOST_BLOCKS);
            for text in [&said.name, &said.serial_text, &said.manufacturer] {
                assert!(text.len() <= 13 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            }
            let wish = EdidWish::Own(edid);
            assert_eq!(EdidWish::parse(&String::from(wish.clone())), Ok(wish));
        }
        Err(faults) => {
            let sentences: Vec<String> = faults.sentences().collect();
            assert!(!sentences.is_empty() && sentences.len() < 16 * MOST_BLOCKS);
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let mut sealed = bytes.to_vec();
    for block in sealed.chunks_exact_mut(128) {
        let sum = block[..127].iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        block[127] = sum.wrapping_neg();
    }
    read(&sealed);
    let _ = EdidWish::parse(&String::from_utf8_lossy(bytes));
});
