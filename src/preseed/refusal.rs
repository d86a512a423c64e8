//! Why a preseed file is not applied: line, key and what would be right. Pure.

use std::fmt::{self, Display};

/// A hostile text in a message is cut here.
const LONGEST: usize = 80;

/// The first thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    line: Option<usize>,
    key: Option<&'static str>,
    problem: String,
}

impl Refusal {
    pub(super) fn at(line: usize, key: Option<&'static str>, problem: impl Display) -> Refusal {
        Refusal {
            line: Some(line),
            key,
            problem: problem.to_string(),
        }
    }

    /// Of the file as a whole.
    pub(super) fn of_file(problem: impl Display) -> Refusal {
        Refusal {
            line: None,
            key: None,
            problem: problem.to_string(),
        }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(key) = self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.problem)
    }
}

/// A text of the file as a message may show it: short, in one line, without control characters.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .take(LONGEST)
        .flat_map(|c| c.escape_debug().collect::<Vec<_>>())
        .filter(|c| !c.is_control())
        .collect()
}
