//! What a bundle says of itself, for people and for programs. Not whether it is true: that is `verify`'s.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Error;
use super::reading::Bundle;
use super::signing::signer;
use crate::slot::digest::Digest;

/// Everything but the blocks. Two bundles of the same slot and the same keys say the same.
///
/// # Errors
/// The file cannot be read.
pub fn json(bundle: &mut Bundle) -> Result<Value, Error> {
    let payload = bundle.payload()?;
    let (head, header) = (&bundle.head, &bundle.head.header);
    let made = &header.made;
    let signers: Vec<Option<String>> = head.signatures.iter().map(|text| signer(text)).collect();
    Ok(json!({
        "product": made.product,
        "version": made.version,
        "channel": made.channel,
        "hardware": made.hardware,
        "rollback_index": made.rollback_index,
        "raises_floor": made.raises_floor,
        "created": made.created,
        "oldest_bootloader": made.oldest_bootloader,
        "notes": made.notes,
        "size": bundle.length(),
        "head": head.length,
        "image": {
            "size": header.size,
            "sha256": header.sha256.to_string(),
            "blocks": header.blocks.len(),
            "zero_blocks": header.blocks.iter().filter(|block| block.packed == 0).count(),
        },
        "signed_sha256": Digest::of(&head.signed).to_string(),
        "payload_sha256": Digest::of(&payload).to_string(),
        "signatures": signers,
    }))
}

/// The same in lines.
///
/// # Errors
/// The file cannot be read.
pub fn text(bundle: &mut Bundle) -> Result<String, Error> {
    let facts = json(bundle)?;
    let mut text = String::new();
    for (name, value) in [
        ("product", &facts["product"]),
        ("version", &facts["version"]),
        ("channel", &facts["channel"]),
        ("hardware", &facts["hardware"]),
        ("rollback index", &facts["rollback_index"]),
        ("raises the floor", &facts["raises_floor"]),
        ("created", &facts["created"]),
        ("oldest bootloader", &facts["oldest_bootloader"]),
        ("file", &facts["size"]),
        ("head", &facts["head"]),
        ("image", &facts["image"]["size"]),
        ("image sha256", &facts["image"]["sha256"]),
        ("blocks", &facts["image"]["blocks"]),
        ("zero blocks", &facts["image"]["zero_blocks"]),
        ("signatures by", &facts["signatures"]),
        ("notes", &facts["notes"]),
    ] {
        let _ = writeln!(text, "{name:<18}{}", plain(name, value));
    }
    text.push_str("not checked: whether a signature is right (farseat-firmware verify)\n");
    Ok(text)
}

fn plain(name: &str, value: &Value) -> String {
    let time = |seconds: i64| jiff::Timestamp::from_second(seconds).ok();
    match (name, value) {
        ("created" | "oldest bootloader", value) => {
            let time = value.as_i64().and_then(time);
            time.map_or_else(|| value.to_string(), |time| time.to_string())
        }
        ("file" | "head" | "image", value) => format!("{value} bytes"),
        (_, Value::Array(values)) => {
            let texts = values.iter().map(|value| value.as_str().unwrap_or("?"));
            texts.collect::<Vec<_>>().join(", ")
        }
        // Notes have lines of their own.
        (_, Value::String(text)) => text.replace('\n', "\n                  "),
        (_, value) => value.to_string(),
    }
}
