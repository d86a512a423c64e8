//! Reads finished things back and says everything that is wrong with them. Called after each build and by the tests.

pub mod card;
pub mod rootfs;

use std::fmt;

/// What a check found: figures to print, and faults, none of which may be there.
#[derive(Debug)]
pub struct Findings<F> {
    pub figures: Vec<String>,
    pub faults: Vec<F>,
}

impl<F> Findings<F> {
    fn none() -> Findings<F> {
        Findings {
            figures: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn figure(&mut self, figure: impl Into<String>) {
        self.figures.push(figure.into());
    }

    fn fault_if(&mut self, wrong: bool, fault: F) {
        if wrong {
            self.faults.push(fault);
        }
    }
}

impl<F: fmt::Display> fmt::Display for Findings<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for figure in &self.figures {
            writeln!(f, "  {figure}")?;
        }
        for fault in &self.faults {
            writeln!(f, "  WRONG: {fault}")?;
        }
        Ok(())
    }
}

/// Bytes for people, in the same MB as the promises are made in.
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
