//! Where the absolute pointer holds a button, noted in memory that outlives this process.
//!
//! Every other device is let go of by one report that says so. This one says where the pointer is in the same report, so
//! whoever lets go of a button that an earlier run held has to know where that was: anywhere else would be the end of a drag
//! to a place that nobody chose.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::hid::pointer::{AbsoluteStep, absolute};

/// The last report with a button down, or zeros. Without its file nothing is noted.
#[derive(Debug)]
pub(super) struct Held {
    note: Option<File>,
    /// So that a movement with nothing held costs no call.
    down: bool,
}

impl Held {
    pub(super) fn at(path: &Path) -> Held {
        let note = OpenOptions::new().read(true).write(true).open(path).ok();
        // What an earlier run has noted is cleared by the report that ends it.
        Held { note, down: true }
    }

    /// Before a report goes out: whoever starts next may find it pressed.
    pub(super) fn before(&mut self, report: &[u8]) {
        if is_down(report) {
            self.down = true;
            self.write(report);
        }
    }

    /// After the target has it.
    pub(super) fn after(&mut self, report: &[u8]) {
        if !is_down(report) && std::mem::take(&mut self.down) {
            self.write(&[0; absolute::REPORT_LENGTH]);
        }
    }

    /// What lets go of it, there.
    pub(super) fn release(&self) -> Option<AbsoluteStep> {
        let mut report = [0; absolute::REPORT_LENGTH];
        self.note.as_ref()?.read_exact_at(&mut report, 0).ok()?;
        let step = AbsoluteStep::parse(report);
        is_down(&report).then(|| step.released())
    }

    fn write(&self, report: &[u8]) {
        if let Some(note) = &self.note {
            // Memory is written, or nothing is: then the button is let go of by the next movement.
            let _ = note.write_all_at(report, 0);
        }
    }
}

fn is_down(report: &[u8]) -> bool {
    report.first().is_some_and(|buttons| *buttons != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dragging(x: u16, y: u16) -> AbsoluteStep {
        let ([x0, x1], [y0, y1]) = (x.to_le_bytes(), y.to_le_bytes());
        AbsoluteStep::parse([1, x0, x1, y0, y1, 0, 0])
    }

    /// What the next run finds.
    fn left(path: &Path) -> Option<AbsoluteStep> {
        Held::at(path).release()
    }

    #[test]
    fn a_button_that_an_earlier_run_held_is_let_go_of_where_it_was() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut held = Held::at(file.path());
        assert_eq!(left(file.path()), None);
        held.before(&dragging(1, 2).report());
        held.before(&dragging(300, 32767).report());
        let release = dragging(300, 32767).released();
        assert_eq!(left(file.path()), Some(release));
        // It did not go out yet.
        held.before(&release.report());
        assert_eq!(left(file.path()), Some(release));
        held.after(&release.report());
        assert_eq!(left(file.path()), None);
    }

    #[test]
    fn a_run_that_lets_go_for_an_earlier_one_clears_its_note() {
        let file = tempfile::NamedTempFile::new().unwrap();
        Held::at(file.path()).before(&dragging(7, 8).report());
        let mut next = Held::at(file.path());
        let release = next.release().unwrap();
        next.after(&release.report());
        assert_eq!(left(file.path()), None);
    }

    #[test]
    fn a_note_of_nonsense_moves_the_pointer_to_no_place_that_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [0xFF; 9]).unwrap();
        let release = left(file.path()).unwrap();
        assert!(release.x <= 32767 && release.y <= 32767 && release.buttons == 0);
        std::fs::write(file.path(), [1, 2]).unwrap();
        assert_eq!(left(file.path()), None);
    }
}
