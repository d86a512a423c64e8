//! A frame as a capture device delivers it: what passes lies within what came.

#![no_main]

use farseat_fuzz::video::jpeg::inspect::inspect;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(seen) = inspect(bytes) {
        assert!(seen.width > 0 && seen.height > 0);
        assert!(seen.length <= bytes.len());
        assert!(bytes[..seen.length].ends_with(&[0xFF, 0xD9]));
        assert!(seen.tables_go_at.is_none_or(|at| at < seen.length));
    }
});
