//! A whole text in a layout: the strokes that type it, and what of it cannot be typed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Edge, Layout, Strokes, number};

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
    /// It is entered by its number, Alt held, on the keypad: Windows. The rest is replaced or left out.
    AltKeypad,
    /// It is entered by its number after Ctrl+Shift+U: desktops on Linux. The rest is replaced or left out.
    CtrlShiftU,
}

/// What becomes of each: those that are named, and all others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    pub each: BTreeMap<char, Unknown>,
    pub others: Unknown,
}

impl Choices {
    fn of(&self, char: char) -> Unknown {
        self.each.get(&char).copied().unwrap_or(self.others)
    }
}

impl From<Unknown> for Choices {
    fn from(others: Unknown) -> Choices {
        Choices {
            others,
            ..Choices::default()
        }
    }
}

/// What becomes of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PasteWay")]
pub enum Way {
    LeftOut,
    Replaced,
    ByNumber,
}

/// One character, or what is typed in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    Keys(Strokes),
    Number(Vec<Edge>),
}

impl Typed {
    /// What happens on the keyboard.
    pub fn edges(&self) -> impl Iterator<Item = Edge> {
        let (keys, number) = match self {
            Typed::Keys(strokes) => (Some(strokes.edges()), &[][..]),
            Typed::Number(edges) => (None, &edges[..]),
        };
        keys.into_iter().flatten().chain(number.iter().copied())
    }
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
    pub way: Way,
    /// Nothing shall be typed because of it.
    pub refused: bool,
}

/// A text as strokes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// One for each character that is typed.
    pub typed: Vec<Typed>,
    pub problems: Vec<Problem>,
}

impl Plan {
    /// Those because of which nothing shall be typed.
    pub fn refused(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.refused)
    }

    /// Digits are typed on the keypad.
    #[must_use]
    pub fn needs_num_lock(&self) -> bool {
        let keypad = |typed: &Typed| matches!(typed, Typed::Number(edges) if edges.iter().any(|(usage, _)| number::KEYPAD.contains(usage)));
        self.typed.iter().any(keypad)
    }
}

impl Layout {
    /// How the text is typed. Ends of lines may be those of any system. With [`Unknown::Refuse`] what can be typed is
    /// planned all the same: the caller decides.
    #[must_use]
    pub fn plan(&self, text: &str, choices: &Choices, line_end: LineEnd) -> Plan {
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
                plan.typed.push(Typed::Keys(strokes));
                continue;
            }
            let replacement = self.replacement(char);
            let unknown = choices.of(char);
            let way = self.enter(char, unknown, replacement, &mut plan.typed);
            plan.problems.push(Problem {
                at,
                char,
                replacement,
                way,
                refused: unknown == Unknown::Refuse,
            });
        }
        plan
    }

    /// Types what is not on the layout, as far as there is a way.
    fn enter(
        &self,
        char: char,
        unknown: Unknown,
        replacement: Option<&str>,
        typed: &mut Vec<Typed>,
    ) -> Way {
        let by_number = match unknown {
            Unknown::AltKeypad => number::alt_keypad(char),
            Unknown::CtrlShiftU => number::ctrl_shift_u(self, char),
            _ => None,
        };
        if let Some(edges) = by_number {
            typed.push(Typed::Number(edges));
            return Way::ByNumber;
        }
        let replaced = replacement.filter(|_| !matches!(unknown, Unknown::Refuse | Unknown::Skip));
        let Some(text) = replaced else {
            return Way::LeftOut;
        };
        let strokes = text.chars().filter_map(|char| self.strokes(char));
        typed.extend(strokes.map(Typed::Keys));
        Way::Replaced
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
        us.plan(text, &unknown.into(), LineEnd::Enter)
    }

    fn typed(text: &str) -> Vec<Typed> {
        plan(text, Unknown::Refuse).typed
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
        let plan = us.plan("\n", &Choices::default(), LineEnd::ShiftEnter);
        let shifted = |typed: &Typed| matches!(typed, Typed::Keys(keys) if keys.first.shift);
        assert!(shifted(&plan.typed[0]));
        assert!(!shifted(&typed("\n")[0]));
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
        assert_eq!(plan("a“b”ä", Unknown::Skip).typed, typed("ab"));
        assert_eq!(plan("a“b”ä", Unknown::Replace).typed, typed("a\"b\""));
        assert_eq!(plan("a\u{200b}b", Unknown::Replace).typed, typed("ab"));
    }

    fn ways(text: &str, unknown: Unknown) -> Vec<Way> {
        let problems = plan(text, unknown).problems.into_iter();
        problems.map(|problem| problem.way).collect()
    }

    #[test]
    fn a_number_goes_before_a_replacement_and_that_before_nothing() {
        use Way::{ByNumber, LeftOut, Replaced};
        let text = "ä“′日";
        let ways = |unknown| ways(text, unknown);
        assert_eq!(ways(Unknown::Skip), [LeftOut; 4]);
        assert_eq!(
            ways(Unknown::Replace),
            [LeftOut, Replaced, Replaced, LeftOut]
        );
        assert_eq!(
            ways(Unknown::AltKeypad),
            [ByNumber, ByNumber, Replaced, LeftOut]
        );
        assert_eq!(ways(Unknown::CtrlShiftU), [ByNumber; 4]);
    }

    #[test]
    fn each_character_may_have_a_way_of_its_own() {
        use Way::{ByNumber, LeftOut, Replaced};
        let us = Layout::find("us").expect("known");
        let each = [('ä', Unknown::CtrlShiftU), ('“', Unknown::Skip)];
        let choices = Choices {
            each: each.into(),
            others: Unknown::Replace,
        };
        let plan = us.plan("ä“”ßä", &choices, LineEnd::Enter);
        let ways: Vec<_> = plan.problems.iter().map(|problem| problem.way).collect();
        assert_eq!(ways, [ByNumber, LeftOut, Replaced, LeftOut, ByNumber]);
        assert_eq!(plan.refused().count(), 0);
    }

    #[test]
    fn one_that_is_refused_counts_and_one_that_has_a_way_does_not() {
        let us = Layout::find("us").expect("known");
        let choices = Choices {
            each: [('ä', Unknown::Skip)].into(),
            others: Unknown::Refuse,
        };
        let plan = us.plan("äöä", &choices, LineEnd::Enter);
        let refused: Vec<_> = plan.refused().map(|problem| problem.char).collect();
        assert_eq!(refused, ['ö']);
    }

    #[test]
    fn only_digits_on_the_keypad_need_num_lock() {
        assert!(plan("aä", Unknown::AltKeypad).needs_num_lock());
        assert!(!plan("aä", Unknown::CtrlShiftU).needs_num_lock());
        assert!(!plan("a1", Unknown::AltKeypad).needs_num_lock());
    }

    #[test]
    fn a_number_is_pressed_and_released_as_it_is_planned() {
        let edges: Vec<_> = plan("ä", Unknown::AltKeypad).typed[0].edges().collect();
        assert_eq!(Some(edges), number::alt_keypad('ä'));
    }

    #[test]
    fn what_the_layout_has_is_not_replaced() {
        let french = Layout::find("fr").expect("known");
        let plan = french.plan("«é»", &Unknown::Replace.into(), LineEnd::Enter);
        assert!(plan.problems.is_empty(), "{:?}", plan.problems);
    }
}
