//! `autoboot.txt`, and what the firmware's model makes of it: with two whole slots something boots, unless the file names a
//! partition behind those at which the firmware looks. No torn or lost sector of ours does.

#![no_main]

use farseat_fuzz::slot::autoboot::Autoboot;
use farseat_fuzz::slot::firmware::{Bootloader, Content, Reset, WALK, decide};
use libfuzzer_sys::fuzz_target;

const CARD: [Content; 4] = [
    Content::NoFirmware,
    Content::Bootable,
    Content::Bootable,
    Content::Unreadable,
];

fuzz_target!(|bytes: &[u8]| {
    let file = Autoboot::parse(bytes);
    if let Some(printed) = file.print() {
        assert_eq!(Autoboot::parse(&printed), file);
    }
    for trial in [false, true] {
        let reset = Reset {
            partition: 0,
            trial,
        };
        match decide(Bootloader::Current, reset, Some(bytes), &CARD) {
            Ok(boot) => assert!(boot.partition == 2 || boot.partition == 3),
            Err(_) => assert!(file.choice(trial).partition > Some(WALK.into())),
        }
    }
});
