//! What a bundle says of itself, for people and for programs. Not whether it is true: that is `verify`'s.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Error;
use super::reading::Bundle;
use super::signing::signer;
use crate::slot::bundle::{Base, Header};
use crate::slot::digest::Digest;

/// Everything but the blocks. Two bundles of the same slot and the same keys say the same.
///
/// # Errors
/// The file cannot be read.
pub fn json(bundle: &mut Bundle) -> Result<Value, Error> {
    let payload = bundle.payload()?;
    let (head, header) = (&bundle.head, &bundle.head.header);
    let made = &header.made;
    let base = |base: &Base| {
        json!({
            "sha256": base.sha256.to_string(),
            "patches": base.patches.len(),
            "bytes": base.packed(),
        })
    };
    let bases: Vec<Value> = header.bases.iter().map(base).collect();
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
        "bases": bases,
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
    let bases = facts["bases"].as_array().into_iter().flatten();
    let over = bases.map(|base| base["sha256"].clone()).collect::<Value>();
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
        ("patches over", &over),
        ("signatures by", &facts["signatures"]),
        ("notes", &facts["notes"]),
    ] {
        let _ = writeln!(text, "{name:<18}{}", plain(name, value));
    }
    text.push_str("not checked: whether a signature is right (farseat-firmware verify)\n");
    Ok(text)
}

/// What an appliance fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fetched {
    pub blocks: usize,
    /// So many of them as patches.
    pub patched: usize,
    /// Of the payload.
    pub bytes: u64,
}

/// What an appliance that runs `old` fetches of `new`.
#[must_use]
pub fn fetched(old: &Header, new: &Header) -> Fetched {
    let there: HashSet<Digest> = old.blocks.iter().map(|block| block.sha256).collect();
    let base = new.base(old.size, old.sha256);
    let patches = base.iter().flat_map(|(base, _)| &base.patches);
    let patches: HashMap<usize, u32> = patches
        .map(|patch| (patch.block as usize, patch.packed))
        .collect();
    let mut fetched = Fetched::default();
    for (index, block) in new.blocks.iter().enumerate() {
        if block.packed > 0 && !there.contains(&block.sha256) {
            let patch = patches.get(&index);
            fetched.blocks += 1;
            fetched.patched += usize::from(patch.is_some());
            fetched.bytes += u64::from(*patch.unwrap_or(&block.packed));
        }
    }
    fetched
}

/// The same in a line, with the head, which is always fetched; held against the bundle as it would be without patches.
#[must_use]
pub fn over(old: &Bundle, new: &Bundle) -> String {
    let header = &new.head.header;
    let fetched = fetched(&old.head.header, header);
    let patches: u64 = header.bases.iter().map(Base::packed).sum();
    let (bytes, of) = (
        fetched.bytes + new.head.length as u64,
        new.length() - patches,
    );
    let percent = bytes as f64 * 100.0 / of as f64;
    format!(
        "over {}: {} of {} blocks, {} of them as patches, {bytes} of {of} bytes ({percent:.1} %)",
        old.head.header.made.version,
        fetched.blocks,
        header.blocks.len(),
        fetched.patched,
    )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::bundle::{BLOCK, Block, Made, Patch};

    fn header(blocks: &[(u8, u32)]) -> Header {
        let block = |(name, packed): &(u8, u32)| Block {
            sha256: Digest([*name; 32]),
            packed: *packed,
        };
        Header {
            made: Made::default(),
            size: (blocks.len() * BLOCK) as u64,
            sha256: Digest::default(),
            blocks: blocks.iter().map(block).collect(),
            bases: Vec::new(),
        }
    }

    #[test]
    fn only_what_the_running_slot_lacks_is_fetched_and_a_patch_where_there_is_one() {
        let old = header(&[(1, 10), (2, 20), (3, 30)]);
        let mut new = header(&[(1, 10), (3, 30), (4, 40), (5, 0), (6, 60)]);
        let fetched = |old: &Header, new: &Header| {
            let fetched = super::fetched(old, new);
            (fetched.blocks, fetched.patched, fetched.bytes)
        };
        assert_eq!(fetched(&old, &new), (2, 0, 100));
        assert_eq!(fetched(&new, &new), (0, 0, 0));
        let patch = Patch {
            block: 4,
            packed: 5,
            first: 0,
            count: 1,
        };
        new.bases.push(Base {
            size: old.size,
            sha256: old.sha256,
            patches: vec![patch],
        });
        assert_eq!(fetched(&old, &new), (2, 1, 45));
        let mut other = old.clone();
        other.sha256 = Digest([1; 32]);
        assert_eq!(fetched(&other, &new), (2, 0, 100), "of another base");
    }
}
