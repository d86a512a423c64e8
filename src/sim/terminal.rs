//! The target's text: a bounded list of lines, wrapped to the screen only when looked at, so that
//! a change of the screen's size loses nothing. Pure.

use std::collections::VecDeque;

const MAX_LINES: usize = 400;
const MAX_LINE: usize = 2000;

/// What a character is written in; `scene` knows the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Ink {
    #[default]
    Plain,
    Quiet,
    Accent,
    Title,
    Warning,
    /// One of the sixteen of the `colors` command.
    Swatch(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    pub(super) character: char,
    pub(super) ink: Ink,
}

pub(super) type Line = Vec<Cell>;

/// Characters of one ink.
pub(super) fn line(text: &str, ink: Ink) -> Line {
    let cell = |character| Cell { character, ink };
    text.chars().take(MAX_LINE).map(cell).collect()
}

#[derive(Debug, Default)]
pub(super) struct Terminal {
    lines: VecDeque<Line>,
    /// How many rows the view is scrolled up.
    scrolled: usize,
}

/// What is seen of the text: rows from the top, and where the cursor is in them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) rows: Vec<Line>,
    /// Column and row; None when it is scrolled out of sight.
    pub(super) cursor: Option<(usize, usize)>,
    pub(super) scrolled: usize,
}

impl Terminal {
    pub(super) fn push(&mut self, mut line: Line) {
        line.truncate(MAX_LINE);
        if self.lines.len() == MAX_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.scrolled = 0;
    }

    /// Scrolls by rows, positive = back in time. `view` knows how far back there is something.
    pub(super) fn scroll(&mut self, rows: i32) {
        let most = i32::try_from(MAX_LINES).unwrap_or(i32::MAX);
        let scrolled = i32::try_from(self.scrolled).unwrap_or(most);
        self.scrolled = usize::try_from(scrolled.saturating_add(rows).clamp(0, most)).unwrap_or(0);
    }

    pub(super) fn scroll_to_end(&mut self) {
        self.scrolled = 0;
    }

    /// Forgets a scroll that goes beyond the oldest row.
    pub(super) fn settle(&mut self, columns: usize, rows: usize) {
        let height: usize = self.lines.iter().map(|line| height(line, columns)).sum();
        self.scrolled = self.scrolled.min((height + 1).saturating_sub(rows));
    }

    /// The text on a screen of `columns` × `rows` cells; `last` is the line being edited, the
    /// cursor before its cell number `cursor`.
    pub(super) fn view(&self, last: &Line, cursor: usize, columns: usize, rows: usize) -> View {
        let (columns, rows) = (columns.max(1), rows.max(1));
        let mut wrapped: Vec<Line> = Vec::new();
        let mut last = last.clone();
        // The cursor may stand behind the last cell and needs a place there.
        last.push(Cell {
            character: ' ',
            ink: Ink::Plain,
        });
        let enough = rows + self.scrolled + height(&last, columns);
        for line in std::iter::once(&last).chain(self.lines.iter().rev()) {
            if wrapped.len() >= enough {
                break;
            }
            wrapped.extend(wrap(line, columns).into_iter().rev());
        }
        wrapped.reverse();
        let cursor_row = wrapped.len() - height(&last, columns) + cursor / columns;
        let scrolled = self.scrolled.min(wrapped.len().saturating_sub(rows));
        let end = wrapped.len() - scrolled;
        let start = end.saturating_sub(rows);
        let seen = (start..end).contains(&cursor_row);
        View {
            cursor: seen.then(|| (cursor % columns, cursor_row - start)),
            rows: wrapped.drain(start..end).collect(),
            scrolled,
        }
    }

    /// The text as it would be copied: for tests.
    #[cfg(test)]
    pub(super) fn text(&self) -> String {
        let lines = self
            .lines
            .iter()
            .map(|line| line.iter().map(|cell| cell.character).collect());
        lines.collect::<Vec<String>>().join("\n")
    }
}

fn height(line: &Line, columns: usize) -> usize {
    line.len().div_ceil(columns).max(1)
}

fn wrap(line: &Line, columns: usize) -> Vec<Line> {
    if line.is_empty() {
        return vec![Line::new()];
    }
    line.chunks(columns).map(<[Cell]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(view: &View) -> Vec<String> {
        let text = |row: &Line| row.iter().map(|cell| cell.character).collect();
        view.rows.iter().map(text).collect()
    }

    fn plain(text: &str) -> Line {
        line(text, Ink::Plain)
    }

    #[test]
    fn long_lines_wrap_and_come_back_whole_on_a_wider_screen() {
        let mut terminal = Terminal::default();
        terminal.push(plain("abcdefgh"));
        let narrow = terminal.view(&plain("> x"), 3, 5, 10);
        assert_eq!(shown(&narrow), ["abcde", "fgh", "> x "]);
        assert_eq!(narrow.cursor, Some((3, 2)));
        let wide = terminal.view(&plain("> x"), 3, 20, 10);
        assert_eq!(shown(&wide), ["abcdefgh", "> x "]);
    }

    #[test]
    fn a_full_screen_shows_the_newest_rows() {
        let mut terminal = Terminal::default();
        (0..9).for_each(|n| terminal.push(plain(&n.to_string())));
        assert_eq!(
            shown(&terminal.view(&plain(">"), 1, 10, 3)),
            ["7", "8", "> "]
        );
    }

    #[test]
    fn scrolling_back_stops_at_the_oldest_row() {
        let mut terminal = Terminal::default();
        (0..9).for_each(|n| terminal.push(plain(&n.to_string())));
        terminal.scroll(2);
        let view = terminal.view(&plain(">"), 1, 10, 3);
        assert_eq!(shown(&view), ["5", "6", "7"]);
        assert_eq!(view.cursor, None);
        terminal.scroll(i32::MAX);
        terminal.settle(10, 3);
        assert_eq!(
            shown(&terminal.view(&plain(">"), 1, 10, 3)),
            ["0", "1", "2"]
        );
        terminal.scroll(-1);
        assert_eq!(
            shown(&terminal.view(&plain(">"), 1, 10, 3)),
            ["1", "2", "3"]
        );
    }

    #[test]
    fn the_cursor_behind_a_full_row_starts_the_next() {
        let terminal = Terminal::default();
        assert_eq!(terminal.view(&plain("abcde"), 5, 5, 4).cursor, Some((0, 1)));
    }

    #[test]
    fn old_lines_are_forgotten_not_hoarded() {
        let mut terminal = Terminal::default();
        (0..10_000).for_each(|_| terminal.push(plain("x")));
        assert_eq!(terminal.lines.len(), MAX_LINES);
    }
}
