//! The log's two files: appending, turning over, and putting right what a power cut left.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::Note;
use super::chain::{Chain, End, Entry, What};

/// Of one file; there are two. About five thousand entries.
pub(super) const LARGEST: u64 = 1 << 20;

pub(super) struct Log {
    current: PathBuf,
    older: PathBuf,
    file: File,
    size: u64,
    end: End,
}

impl Log {
    pub(super) fn open(folder: &Path) -> io::Result<Log> {
        let (current, older) = (folder.join("audit.jsonl"), folder.join("audit.older.jsonl"));
        let mut file = append_to(&current)?;
        let torn = cut_torn_line(&mut file)?;
        let mut log = Log {
            size: file.metadata()?.len(),
            file,
            current,
            older,
            end: End::default(),
        };
        let chain = Chain::of(&log.text()?);
        if let Some(number) = chain.broken_at {
            log::error!(
                "the audit log was changed: entry {number} does not follow from what is before it"
            );
        }
        log.end = chain.end;
        if torn {
            let detail = "the end of an entry was lost when the power went".to_owned();
            log.append(None, cut(detail))?;
        }
        Ok(log)
    }

    /// Adds an entry; first turns over a file that is full.
    pub(super) fn append(&mut self, time: Option<u64>, note: Note) -> io::Result<()> {
        if self.size >= LARGEST {
            self.turn_over(time)?;
        }
        self.write(time, note)
    }

    fn write(&mut self, time: Option<u64>, note: Note) -> io::Result<()> {
        let entry = Entry {
            number: 0,
            time,
            what: note.what,
            who: note.who,
            address: note.address.map(|at| at.to_canonical().to_string()),
            detail: note.detail,
        };
        let (line, end) = self.end.link(entry)?;
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // Half a line would break the chain.
            self.file.set_len(self.size)?;
            return Err(error);
        }
        self.size += line.len() as u64;
        self.end = end;
        Ok(())
    }

    /// The older file goes, this one becomes the older.
    fn turn_over(&mut self, time: Option<u64>) -> io::Result<()> {
        self.file.sync_data()?;
        let gone = self.older.exists();
        std::fs::rename(&self.current, &self.older)?;
        (self.file, self.size) = (append_to(&self.current)?, 0);
        let detail = match gone {
            true => "the oldest entries are gone",
            false => "a second file begins",
        };
        self.write(time, cut(detail.to_owned()))
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Both files, the older first.
    pub(super) fn text(&self) -> io::Result<String> {
        let older = read(&self.older)?;
        Ok(older + &read(&self.current)?)
    }
}

fn cut(detail: String) -> Note {
    Note {
        what: What::AuditCut,
        who: None,
        address: None,
        detail,
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

/// A file that is not there is empty; one that is much too large is not ours.
fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(2 * LARGEST).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Takes away what follows the last line's end; whether there was something.
fn cut_torn_line(file: &mut File) -> io::Result<bool> {
    let mut bytes = Vec::new();
    file.seek(io::SeekFrom::Start(0))?;
    Read::by_ref(file)
        .take(2 * LARGEST)
        .read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let whole = whole.map_or(0, |at| at + 1);
    let torn = whole < bytes.len();
    if torn {
        file.set_len(whole as u64)?;
    }
    Ok(torn)
}
