//! The Huffman tables that Motion-JPEG leaves out.

use std::sync::LazyLock;

use jpeg_encoder::{ColorType, Encoder};

use super::markers::{DHT, segments};

/// The tables of T.81 K.3 as DHT segments, ready to be put before an SOS. AVI-style MJPG frames
/// lack them and mean these; browsers want them spelled out.
#[must_use]
pub fn standard_huffman_tables() -> &'static [u8] {
    static TABLES: LazyLock<Vec<u8>> = LazyLock::new(extract);
    &TABLES
}

/// Takes them from what the encoder writes, so that the numbers stand in one place only.
fn extract() -> Vec<u8> {
    let mut jpeg = Vec::new();
    let encoded = Encoder::new(&mut jpeg, 50).encode(&[0; 3], 1, 1, ColorType::Ycbcr);
    encoded.expect("one grey pixel can be encoded into memory");
    let tables = segments(&jpeg).filter(|segment| segment.code == DHT);
    tables
        .flat_map(|table| jpeg[table.start..table.end].iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_four_tables_of_annex_k3_are_there() {
        let tables = standard_huffman_tables();
        let (mut at, mut ids) = (0, Vec::new());
        while let Some(table) = super::super::markers::segment_at(tables, at) {
            ids.push(table.payload[0]);
            at = table.end;
        }
        assert_eq!(at, tables.len());
        assert_eq!(ids, [0x00, 0x10, 0x01, 0x11]);
        // Two DC tables of 12 and two AC tables of 162 values.
        assert_eq!(tables.len(), 4 * (4 + 17) + 2 * 12 + 2 * 162);
    }
}
