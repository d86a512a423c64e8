//! A certificate and its key, as an admin pastes them: PEM, or DER that this makes PEM of, with a key that is known, so that
//! the fuzzer reaches what is behind the armour.

#![no_main]

use data_encoding::BASE64;
use farseat_fuzz::certificate::upload;
use libfuzzer_sys::fuzz_target;

const KEY: &str = include_str!("../corpus/certificate/leaf.key");

fn armoured(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"-----BEGIN") {
        let text = String::from_utf8_lossy(bytes);
        upload(&text, &text);
        return;
    }
    // Each certificate with its length before it.
    let (mut chain, mut rest) = (String::new(), bytes);
    while let Some((length, tail)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length)).min(tail.len());
        let (der, tail) = tail.split_at(length);
        chain.push_str(&armoured(der));
        rest = tail;
    }
    upload(&chain, KEY);
});
