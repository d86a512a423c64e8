//! What was measured against what was asked, as a table, as Markdown and as JSON. Pure.

use serde::Serialize;

use crate::statistics::{median, median_ratio};

/// What a figure must reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// Ours divided by the peer's is at most this.
    Ratio(f64),
    /// Ours is at most this, in the row's unit.
    AtMost(f64),
}

/// A line of the table before it is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) goal: Goal,
    /// What we would like beyond the goal, in the line's unit; missing it is no failure.
    pub(crate) aim: Option<f64>,
}

/// A line of the table with its figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) ours: Option<f64>,
    pub(crate) peer: Option<f64>,
    pub(crate) ratio: Option<f64>,
    pub(crate) goal: String,
    pub(crate) ok: bool,
}

impl Line {
    /// The row for the figures of all rounds. What could not be measured is not ok.
    pub(crate) fn row(&self, ours: &[Option<f64>], peer: &[Option<f64>]) -> Row {
        let ratio = median_ratio(ours, peer);
        let [ours, peer] =
            [ours, peer].map(|side| median(&side.iter().flatten().copied().collect::<Vec<_>>()));
        let ok = match self.goal {
            Goal::Ratio(limit) => ratio.is_some_and(|r| r <= limit),
            Goal::AtMost(limit) => ours.is_some_and(|o| o <= limit),
        };
        Row {
            name: self.name.to_owned(),
            unit: self.unit,
            ours,
            peer,
            ratio,
            goal: self.goal_text(),
            ok,
        }
    }

    fn goal_text(&self) -> String {
        let goal = match self.goal {
            Goal::Ratio(limit) => format!("≤ {limit} × peer"),
            Goal::AtMost(limit) => format!("≤ {limit} {}", self.unit),
        };
        let aim = self
            .aim
            .map(|aim| format!("; aim ≤ {aim} {}", self.unit))
            .unwrap_or_default();
        goal.trim_end().to_owned() + &aim
    }
}

/// The rows as text in columns, for a terminal.
pub(crate) fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 6]> = rows.iter().map(cells).collect();
    let mut out = String::new();
    let widths: [usize; 6] = std::array::from_fn(|column| {
        cells
            .iter()
            .map(|row| row[column].chars().count())
            .chain([HEADS[column].len()])
            .max()
            .unwrap_or(0)
    });
    for row in std::iter::once(&HEADS.map(str::to_owned)).chain(&cells) {
        let padded: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        out += padded.join("  ").trim_end();
        out.push('\n');
    }
    out
}

/// The rows as a Markdown table, for the documents.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let line = |cells: &[String; 6]| format!("| {} |\n", cells.join(" | "));
    let rule = "|---|--:|--:|--:|---|---|\n";
    line(&HEADS.map(str::to_owned))
        + rule
        + &rows.iter().map(|row| line(&cells(row))).collect::<String>()
}

const HEADS: [&str; 6] = ["what", "ours", "peer", "ratio", "goal", "met"];

fn cells(row: &Row) -> [String; 6] {
    let with_unit = |value: Option<f64>| match value {
        Some(value) => format!("{} {}", figure(value), row.unit)
            .trim_end()
            .to_owned(),
        None => "–".to_owned(),
    };
    let ratio = row.ratio.map_or("–".to_owned(), figure);
    let met = if row.ok { "yes" } else { "NO" };
    [
        row.name.clone(),
        with_unit(row.ours),
        with_unit(row.peer),
        ratio,
        row.goal.clone(),
        met.to_owned(),
    ]
}

/// Three significant digits.
fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 || v == 0.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATENCY: Line = Line {
        name: "latency",
        unit: "ms",
        goal: Goal::Ratio(0.05),
        aim: Some(0.35),
    };
    const LOST: Line = Line {
        name: "lost",
        unit: "",
        goal: Goal::AtMost(0.0),
        aim: None,
    };

    fn row(line: Line, ours: &[f64], peer: &[f64]) -> Row {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        line.row(&some(ours), &some(peer))
    }

    #[test]
    fn a_ratio_at_its_limit_is_ok_and_above_it_is_not() {
        assert!(row(LATENCY, &[1.0, 1.0], &[20.0, 20.0]).ok);
        assert!(!row(LATENCY, &[1.1, 1.1], &[20.0, 20.0]).ok);
    }

    #[test]
    fn one_lost_event_fails_and_none_passes() {
        assert!(row(LOST, &[0.0, 0.0], &[]).ok);
        assert!(!row(LOST, &[1.0, 1.0], &[]).ok);
    }

    #[test]
    fn what_was_not_measured_is_not_ok() {
        let line = row(LATENCY, &[], &[]);
        assert!(!line.ok && line.ours.is_none() && line.ratio.is_none());
        assert!(!row(LOST, &[], &[]).ok);
    }

    #[test]
    fn json_has_the_seven_promised_keys() {
        let json = serde_json::to_value(vec![row(LATENCY, &[0.5], &[20.0])])
            .expect("rows are serialisable");
        let expected = serde_json::json!([{ "name": "latency", "unit": "ms", "ours": 0.5, "peer": 20.0,
            "ratio": 0.025, "goal": "≤ 0.05 × peer; aim ≤ 0.35 ms", "ok": true }]);
        assert_eq!(json, expected);
    }

    #[test]
    fn table_lines_up_its_columns() {
        let text = table(&[row(LATENCY, &[0.5], &[20.0]), row(LOST, &[0.0], &[])]);
        let at = |line: &str, what: &str| line.split(what).next().map(|s| s.chars().count());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(at(lines[1], "≤ 0.05"), at(lines[2], "≤ 0"));
        assert_eq!(at(lines[0], "goal"), at(lines[2], "≤ 0"));
    }

    #[test]
    fn markdown_has_a_line_for_each_row_and_says_what_failed() {
        let text = markdown(&[row(LATENCY, &[2.0], &[20.0])]);
        assert_eq!(
            text.lines().nth(2),
            Some("| latency | 2.00 ms | 20.0 ms | 0.100 | ≤ 0.05 × peer; aim ≤ 0.35 ms | NO |")
        );
    }
}
