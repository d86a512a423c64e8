//! The FAT reader, on a partition that is nothing but the fuzzer's bytes. It ends, and says only what lies inside.

#![no_main]

use farseat_fuzz::Bytes;
use farseat_fuzz::slot::fat::{AUTOBOOT, ESSENTIAL, Fat};
use farseat_fuzz::slot::layout::SELECTOR;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let area = SELECTOR.area;
    let mut disk = Bytes {
        at: area.offset(),
        bytes,
    };
    let Ok(fat) = Fat::open(&mut disk, area) else {
        return;
    };
    for name in ESSENTIAL.iter().chain([&AUTOBOOT]) {
        if let Ok(Some(file)) = fat.find(&mut disk, name) {
            assert!(file.at >= area.offset() && file.at < area.offset() + area.size());
        }
    }
    let _ = fat.is_bootable(&mut disk);
});
