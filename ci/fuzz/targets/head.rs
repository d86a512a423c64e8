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
            let header = &head.header;
            for base in &header.bases {
                let (_, at) = header.base(base.size, base.sha256).unwrap();
                assert!(at + base.packed() <= header.payload());
                for patch in &base.patches {
                    let window = base.window(patch);
                    assert!(window.start < window.end && window.end <= base.size);
                }
            }
            verify(&head, &trusted()).unwrap_err();
        }
        Err(Fault::Short(missing)) => assert!(missing > 0 && bytes.len() + missing <= HEAD_LIMIT),
        Err(_) => {}
    }
});
