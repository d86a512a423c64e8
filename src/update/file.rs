//! A bundle in a file on the card's first partition.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, SeekFrom};

use super::error::UpdateError;
use super::source::{Piece, Source};
use crate::slot::Slot;
use crate::slot::bundle::{HEAD_LIMIT, Head};
use crate::slot::state::{State, Status};

const PIECE: usize = 32 << 10;

pub(super) struct OnCard {
    path: PathBuf,
    file: Option<File>,
    at: u64,
    end: u64,
    size: Option<u64>,
}

impl OnCard {
    pub(super) fn new(path: PathBuf) -> OnCard {
        OnCard {
            path,
            file: None,
            at: 0,
            end: 0,
            size: None,
        }
    }

    async fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => File::open(&self.path).await?,
        };
        self.size = Some(file.metadata().await?.len());
        file.seek(SeekFrom::Start(self.at)).await?;
        let mut bytes = vec![0; PIECE];
        let number = file.read(&mut bytes).await?;
        bytes.truncate(number);
        self.file = Some(file);
        Ok(bytes)
    }
}

impl Source for OnCard {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn seek(&mut self, run: Range<u64>) {
        (self.at, self.end) = (run.start, run.end);
    }

    async fn next(&mut self) -> Result<Option<Piece>, UpdateError> {
        if self.at >= self.end {
            return Ok(None);
        }
        let read = self.read().await;
        let bytes = read.map_err(|error| UpdateError::File(error.to_string()))?;
        let at = self.at;
        self.at += bytes.len() as u64;
        Ok((!bytes.is_empty()).then(|| Piece {
            at,
            bytes: bytes.into(),
        }))
    }
}

/// The first `*.farseat` of a folder whose system nobody knows yet. Reads the disk: for a blocking task.
pub(super) fn waiting(folder: &Path, state: &State) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?;
    let mut bundles: Vec<PathBuf> = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end.eq_ignore_ascii_case("farseat"))
        })
        .collect();
    bundles.sort();
    bundles
        .into_iter()
        .find(|path| !is_known(path, state).unwrap_or(false))
}

/// Whether a slot has it, or has had it and failed. One that was cut short by the power is not known yet: it goes on.
fn is_known(path: &Path, state: &State) -> io::Result<bool> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(HEAD_LIMIT as u64).read_to_end(&mut bytes)?;
    // What is no bundle is for the job to refuse, where everybody sees it.
    let Ok(head) = Head::parse(&bytes) else {
        return Ok(false);
    };
    Ok(Slot::ALL.into_iter().any(|slot| {
        let record = state.slot(slot);
        record.image.sha256 == head.header.sha256 && record.status != Status::Writing
    }))
}
