//! A whole text in a layout: the strokes that type it, and what of it cannot be typed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Layout, Strokes};

/// What becomes of a character that the layout does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PasteUnknown")]
pub enum Unknown {
    /// Nothing is typed at all.
    #[default]
    Refuse,
    /// It is left out.
    Skip,
    /// What stands for it is typed: straight quotes for typographic ones, a hyphen for a dash. The rest is left out.
    Replace,
}

/// What the end of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PasteLineEnd")]
pub enum LineEnd {
    #[default]
    Enter,
    /// For programs that send with Enter.
    ShiftEnter,
}

/// A character that the layout does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// Counted in characters from 0.
    pub at: usize,
    pub char: char,
    /// What could stand for it.
    pub replacement: Option<&'static str>,
}

/// A text as strokes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// One for each character that is typed.
    pub strokes: Vec<Strokes>,
    pub problems: Vec<Problem>,
}

impl Layout {
    /// How the text is typed. Ends of lines may be those of any system. With [`Unknown::Refuse`] what can be typed is
    /// planned all the same: the caller decides.
    #[must_use]
    pub fn plan(&self, text: &str, unknown: Unknown, line_end: LineEnd) -> Plan {
        let mut plan = Plan::default();
        let mut before = None;
        for (at, char) in text.chars().enumerate() {
            let continues = char == '\n' && before == Some('\r');
            before = Some(char);
            if continues {
                continue;
            }
            let char = if char == '\r' { '\n' } else { char };
            if let Some(strokes) = self.typed(char, line_end) {
                plan.strokes.push(strokes);
                continue;
            }
            let replacement = self.replacement(char);
            plan.problems.push(Problem {
                at,
                char,
                replacement,
            });
            if let (Unknown::Replace, Some(text)) = (unknown, replacement) {
                let strokes = text.chars().filter_map(|char| self.strokes(char));
                plan.strokes.extend(strokes);
            }
        }
        plan
    }

    fn typed(&self, char: char, line_end: LineEnd) -> Option<Strokes> {
        let mut strokes = self.strokes(char)?;
        strokes.first.shift |= char == '\n' && line_end == LineEnd::ShiftEnter;
        Some(strokes)
    }

    /// What stands for a character, where all of it can be typed.
    fn replacement(&self, char: char) -> Option<&'static str> {
        let (_, text) = STANDS_FOR.iter().find(|(chars, _)| chars.contains(char))?;
        let typed = text.chars().all(|char| self.strokes(char).is_some());
        typed.then_some(*text)
    }
}

/// What word processors make of plain characters, and the characters that they were.
const STANDS_FOR: [(&str, &str); 9] = [
    ("‘’‚‛′", "'"),
    ("“”„‟″«»", "\""),
    ("‹", "<"),
    ("›", ">"),
    ("‐‑‒–—―−", "-"),
    ("…", "..."),
    ("•·", "*"),
    // Spaces of other widths.
    ("\u{a0}\u{2002}\u{2003}\u{2009}\u{202f}", " "),
    // Of no width: nothing is lost.
    ("\u{200b}\u{200c}\u{200d}\u{feff}\u{ad}", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str, unknown: Unknown) -> Plan {
        let us = Layout::find("us").expect("known");
        us.plan(text, unknown, LineEnd::Enter)
    }

    fn typed(text: &str) -> Vec<Strokes> {
        plan(text, Unknown::Refuse).strokes
    }

    #[test]
    fn every_end_of_a_line_is_one_enter() {
        for text in ["a\nb", "a\r\nb", "a\rb"] {
            assert_eq!(typed(text), typed("a\nb"), "{text:?}");
        }
        assert_eq!(typed("\n\r\n\r").len(), 3);
    }

    #[test]
    fn a_line_may_end_with_shift_and_enter() {
        let us = Layout::find("us").expect("known");
        let plan = us.plan("\n", Unknown::Refuse, LineEnd::ShiftEnter);
        assert!(plan.strokes[0].first.shift);
        assert!(!typed("\n")[0].first.shift);
    }

    #[test]
    fn what_cannot_be_typed_is_told_with_its_place() {
        let problems = plan("aä…\u{1f600}", Unknown::Refuse).problems;
        let told: Vec<_> = problems
            .iter()
            .map(|problem| (problem.at, problem.char, problem.replacement))
            .collect();
        let expected = [
            (1, 'ä', None),
            (2, '…', Some("...")),
            (3, '\u{1f600}', None),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn it_is_left_out_or_what_stands_for_it_is_typed() {
        assert_eq!(plan("a“b”ä", Unknown::Skip).strokes, typed("ab"));
        assert_eq!(plan("a“b”ä", Unknown::Replace).strokes, typed("a\"b\""));
        assert_eq!(plan("a\u{200b}b", Unknown::Replace).strokes, typed("ab"));
    }

    #[test]
    fn what_the_layout_has_is_not_replaced() {
        let french = Layout::find("fr").expect("known");
        let plan = french.plan("«é»", Unknown::Replace, LineEnd::Enter);
        assert!(plan.problems.is_empty(), "{:?}", plan.problems);
    }
}
