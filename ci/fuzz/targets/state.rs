//! The state record: with the sum made right for it, so that the fields are reached. What is read is what is written.

#![no_main]

use farseat_fuzz::slot::digest::Digest;
use farseat_fuzz::slot::state::{RECORD_LENGTH, store};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut record = [0; RECORD_LENGTH];
    let length = bytes.len().min(RECORD_LENGTH);
    record[..length].copy_from_slice(&bytes[..length]);
    let _ = store::parse(&record);
    let fields = RECORD_LENGTH - Digest::LENGTH;
    let sum = Digest::of(&record[..fields]);
    record[fields..].copy_from_slice(&sum.0);
    if let Some(state) = store::parse(&record) {
        assert_eq!(store::parse(&store::print(&state)), Some(state));
    }
});
