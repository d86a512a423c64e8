//! The front of a bundle. Whatever is read is what was there, and nobody here is trusted.

#![no_main]

use farseat_fuzz::slot::bundle::{Fault, HEAD_LIMIT, Head, verify};
use farseat_fuzz::slot::keys::trusted;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Head::parse(bytes) {
        Ok(head) => {
            assert!(head.length <= HEAD_LIMIT && head.length <= bytes.len());
            assert_eq!(
                Head::print(&head.signed, &head.signatures),
                bytes[..head.length]
            );
            assert_eq!(Head::to_sign(&head.header), head.signed);
            assert!(head.header.offsets().last() == Some(head.header.payload()));
            verify(&head, &trusted()).unwrap_err();
        }
        Err(Fault::Short(missing)) => assert!(missing > 0 && bytes.len() + missing <= HEAD_LIMIT),
        Err(_) => {}
    }
});
