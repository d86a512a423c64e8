//! The target's colours: a calm dark screen with one accent. Pure constants and one pattern.

use super::canvas::Color;
use super::font::Weight;
use super::terminal::Ink;

pub(super) const PAPER: Color = Color(0x10_151C);
pub(super) const BAR: Color = Color(0x19_212B);
pub(super) const BAR_EDGE: Color = Color(0x27_323F);
pub(super) const GROOVE: Color = Color(0x2A_3542);
pub(super) const PLAIN: Color = Color(0xD5_DCE4);
pub(super) const QUIET: Color = Color(0x84_92A2);
pub(super) const FAINT: Color = Color(0x52_5F6E);
pub(super) const ACCENT: Color = Color(0x5C_CFB5);
pub(super) const WARNING: Color = Color(0xE8_AE68);
pub(super) const LAMP: Color = Color(0x8B_E36B);
pub(super) const POINTER: Color = Color(0xFF_FFFF);
pub(super) const POINTER_EDGE: Color = Color(0x05_080B);

/// The sixteen of the `colors` command: dark, then bright.
const SWATCHES: [u32; 16] = [
    0x2A3542, 0xC94F4F, 0x5FA84E, 0xC99A3F, 0x4A7FC1, 0x9A63B8, 0x3FA39B, 0xB8C1CB, 0x6B7988,
    0xF07C7C, 0x8BE36B, 0xF2CC73, 0x7FB2F0, 0xC98FE6, 0x6FDDD2, 0xFFFFFF,
];

pub(super) fn ink(ink: Ink) -> Color {
    match ink {
        Ink::Plain => PLAIN,
        Ink::Quiet => QUIET,
        Ink::Accent | Ink::Title => ACCENT,
        Ink::Warning => WARNING,
        Ink::Swatch(0 | 1 | 4 | 5 | 8) => Color(0xFF_FFFF),
        Ink::Swatch(_) => POINTER_EDGE,
    }
}

pub(super) fn weight(ink: Ink) -> Weight {
    match ink {
        Ink::Title => Weight::Bold,
        _ => Weight::Regular,
    }
}

/// What is behind a character, if not the screen's own colour.
pub(super) fn paper(ink: Ink) -> Option<Color> {
    let Ink::Swatch(number) = ink else {
        return None;
    };
    SWATCHES.get(usize::from(number)).map(|color| Color(*color))
}

/// A pattern in which every pixel changes with every phase, dim enough to read text on.
pub(super) fn wave(x: i32, y: i32, phase: i32) -> Color {
    let part = |n: i32| ((n ^ (n >> 3)) & 0x3F).cast_unsigned();
    let red = part(x + phase * 3);
    let green = part(y - phase * 2);
    let blue = part(x + y + phase * 5) + 0x10;
    Color(red << 16 | green << 8 | blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wave_moves_nearly_everywhere() {
        let points = (0..200).flat_map(|x| (0..20).map(move |y| (x, y)));
        let same = points
            .filter(|(x, y)| wave(*x, *y, 7) == wave(*x, *y, 8))
            .count();
        assert!(same < 40, "{same} of 4000 stayed");
    }
}
