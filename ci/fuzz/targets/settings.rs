//! `settings.toml`, as whoever has the card, or an admin's restored backup, may have written it.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| farseat_fuzz::read_settings(text));
