//! Init's words go to the kernel's log: it is there before anything else, and on the serial line.

use std::fs::File;
use std::io::Write as _;

const INFORMATION: u8 = 6;
const NOTICE: u8 = 5;
const ERROR: u8 = 3;

pub(super) struct Log(Option<File>);

impl Log {
    /// Falls back to standard error.
    pub(super) fn open() -> Log {
        // By itself the kernel drops what one program says more than ten times in five seconds. It wants a whole line.
        let _ = std::fs::write("/proc/sys/kernel/printk_devkmsg", "on\n");
        Log(File::options().write(true).open("/dev/kmsg").ok())
    }

    /// Says nothing to the kernel of whoever tests.
    #[cfg(test)]
    pub(super) fn silent() -> Log {
        Log(None)
    }

    pub(super) fn say(&self, sentence: &str) {
        self.write(INFORMATION, sentence);
    }

    /// What whoever follows a boot wants to see.
    pub(super) fn note(&self, sentence: &str) {
        self.write(NOTICE, sentence);
    }

    pub(super) fn fail(&self, sentence: &str) {
        self.write(ERROR, sentence);
    }

    pub(super) fn failures(&self, sentences: impl IntoIterator<Item = String>) {
        for sentence in sentences {
            self.fail(&sentence);
        }
    }

    fn write(&self, level: u8, sentence: &str) {
        // One write is one record. A log that cannot be written is no reason to stop.
        let record = format!("<{level}>farseat init: {sentence}\n");
        let written = self
            .0
            .as_ref()
            .is_some_and(|mut file| file.write_all(record.as_bytes()).is_ok());
        if !written {
            eprint!("{record}");
        }
    }
}
