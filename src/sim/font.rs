//! The virtual target's typeface: Noto Sans Mono in four heights, as coverage bitmaps.
//!
//! `canvas` asks for glyphs, `scene` for cell sizes. Owns no state.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// A typeface size; the number is the cell's height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Size {
    Small = 16,
    Text = 20,
    Large = 24,
    Title = 32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Size {
    /// The size for running text on a screen of this many rows of pixels.
    pub(super) fn for_screen(height: u16) -> Size {
        match height {
            0..600 => Size::Small,
            600..1000 => Size::Text,
            _ => Size::Large,
        }
    }

    /// Width and height of a character cell in pixels.
    pub(super) fn cell(self) -> (i32, i32) {
        let width = get_raster_width(FontWeight::Regular, self.raster());
        (i32::try_from(width).unwrap_or(0), self as i32)
    }

    fn raster(self) -> RasterHeight {
        match self {
            Size::Small => RasterHeight::Size16,
            Size::Text => RasterHeight::Size20,
            Size::Large => RasterHeight::Size24,
            Size::Title => RasterHeight::Size32,
        }
    }
}

/// Coverage of each pixel of a character cell (0 paper … 255 ink), row by row. A character that
/// the typeface lacks gets a question mark.
pub(super) fn glyph(character: char, size: Size, weight: Weight) -> &'static [u8] {
    let weight = match weight {
        Weight::Regular => FontWeight::Regular,
        Weight::Bold => FontWeight::Bold,
    };
    let raster = size.raster();
    get_raster(character, weight, raster)
        .or_else(|| get_raster('?', weight, raster))
        .map_or(&[], |glyph| glyph.pixels())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_a_whole_glyph_for_what_can_be_typed() {
        for size in [Size::Small, Size::Text, Size::Large, Size::Title] {
            let (width, height) = size.cell();
            for character in ' '..='~' {
                for weight in [Weight::Regular, Weight::Bold] {
                    let pixels = glyph(character, size, weight);
                    assert_eq!(pixels.len(), (width * height) as usize);
                    assert_eq!(pixels.iter().any(|p| *p > 128), character != ' ');
                }
            }
        }
    }

    #[test]
    fn unknown_characters_get_a_question_mark() {
        let unknown = glyph('\u{4e00}', Size::Text, Weight::Regular);
        assert_eq!(unknown, glyph('?', Size::Text, Weight::Regular));
    }
}
