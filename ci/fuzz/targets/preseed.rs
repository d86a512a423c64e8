//! Both preseed files, as whoever wrote the card may have written them.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    for imagers in [false, true] {
        farseat_fuzz::read_preseed(imagers, file);
    }
});
