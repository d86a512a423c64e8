//! The release channel's list. It is signed, but read after that alone.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|list: &[u8]| farseat_fuzz::read_index(list));
