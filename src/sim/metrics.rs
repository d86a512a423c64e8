//! Where things are on the target's screen, for each mode. Pure arithmetic.

use super::canvas::Area;
use super::font::Size;

/// The parts of the screen in pixels and cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Metrics {
    pub(super) screen: Area,
    pub(super) size: Size,
    /// Width and height of a character cell.
    pub(super) cell: (i32, i32),
    /// From one row of text to the next.
    pub(super) line: i32,
    pub(super) text: Area,
    pub(super) bar: Area,
    /// Cells of the text area.
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Metrics {
    pub(super) fn of(mode: (u16, u16)) -> Metrics {
        let (width, height) = (i32::from(mode.0), i32::from(mode.1));
        let size = Size::for_screen(mode.1);
        let cell = size.cell();
        let line = cell.1 + cell.1 / 5;
        let margin = cell.1;
        let bar_height = cell.1 + cell.1 / 2 + 2;
        let text_height = height - bar_height - margin - margin / 2;
        let text = Area::new(margin, margin, width - 2 * margin, text_height);
        let fit = |length: i32, unit: i32| usize::try_from(length / unit).unwrap_or(0).max(1);
        Metrics {
            screen: Area::new(0, 0, width, height),
            size,
            cell,
            line,
            columns: fit(text.right - text.left, cell.0),
            rows: fit(text_height, line),
            text,
            bar: Area::new(0, height - bar_height, width, bar_height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shell::MODES;
    use super::*;

    #[test]
    fn every_mode_has_room_for_eighty_columns_and_twenty_rows() {
        for mode in MODES {
            let metrics = Metrics::of(mode);
            assert!(
                metrics.columns >= 80 && metrics.rows >= 20,
                "{mode:?} {metrics:?}"
            );
            assert!(metrics.text.bottom <= metrics.bar.top);
            assert_eq!(metrics.bar.bottom, metrics.screen.bottom);
        }
    }
}
