//! One install, from the first byte of a bundle to init's word that the slot is whole. The same for every source.
//!
//! ```text
//! OPENING ──head──▶ PREPARING ──what is missing──▶ TRANSFERRING ──▶ VERIFYING ──▶ installed
//!  the head          init checks the signature,     only missing     init reads
//!  is read           clears the slot's boot         blocks, two      all of it
//!                    sector, scans both slots       on the way       again
//! ```
//!
//! Memory: a head, a packed block, blocks on the way. Writes nothing itself; everything that it says to init is
//! checked there once more.

use tokio::sync::mpsc;

use super::error::UpdateError;
use super::plan::{Run, runs, unpack};
use super::source::{Reader, Source};
use super::status::{Release, Report, Stage};
use crate::slot::bundle::{self, Fault, HEAD_LIMIT, Head, Header};
use crate::slot::installer;
use crate::slot::keys::Key;
use crate::slot::line::{News, PIECE, Wish, blocks};
use crate::slot::refusal::Refusal;

/// Blocks that init has not yet written.
const IN_FLIGHT: u32 = 2;
/// Most heads are shorter: read in one go.
const GUESS: u64 = 32 << 10;

/// The job's end of the line to init.
pub(super) struct Talk {
    pub(super) say: mpsc::Sender<Vec<u8>>,
    pub(super) hear: mpsc::Receiver<News>,
}

impl Talk {
    async fn say(&self, wish: Wish<'_>) -> Result<(), UpdateError> {
        let said = self.say.send(wish.print()).await;
        said.map_err(|_| UpdateError::Lost)
    }

    /// What is not a refusal.
    async fn hear(&mut self) -> Result<News, UpdateError> {
        match self.hear.recv().await {
            Some(News::Refused(refusal)) => Err(refusal.into()),
            Some(news) => Ok(news),
            None => Err(UpdateError::Lost),
        }
    }
}

/// Installs what `source` has. The slot is whole when this returns.
pub(super) async fn install(
    source: impl Source,
    mut talk: Talk,
    report: Report,
    keys: Vec<Key>,
) -> Result<(), UpdateError> {
    let mut reader = Reader::new(source, report.clone());
    let (head, bytes) = open(&mut reader).await?;
    let sized = check_size(&reader, &head)?;
    introduce(&head, &keys, &report)?;
    let missing = prepare(&mut talk, &bytes, &report).await?;
    drop(bytes);
    let payload = head.length as u64;
    let header = head.header;
    let runs = runs(&header, payload, blocks(&missing));
    transfer(&mut reader, &mut talk, &header, runs, &report).await?;
    if !sized {
        let end = payload + header.payload();
        reader.seek(&(end..u64::MAX));
        if !reader.is_at_its_end().await? {
            return Err(UpdateError::Trailing);
        }
    }
    finish(&mut talk, &report).await
}

/// The head, and its bytes.
async fn open<S: Source>(reader: &mut Reader<S>) -> Result<(Head, Vec<u8>), UpdateError> {
    let mut bytes = Vec::new();
    reader.seek(&(0..GUESS));
    loop {
        match Head::parse(&bytes) {
            Ok(head) => return Ok((head, bytes)),
            Err(Fault::Short(missing)) if bytes.len() + missing <= HEAD_LIMIT => {
                let at = bytes.len() as u64;
                // The first request is for the guess, whatever this step needs.
                if at + missing as u64 > GUESS {
                    reader.seek(&(at..at + missing as u64));
                }
                let read = reader.read(missing, &mut bytes).await;
                // What ends so soon may be no bundle at all.
                let is_one = matches!(Head::parse(&bytes), Ok(_) | Err(Fault::Short(_)));
                if is_one {
                    read?;
                }
            }
            Err(_) => return Err(Refusal::Malformed.into()),
        }
    }
}

/// Whether the size is known, and then right.
fn check_size<S: Source>(reader: &Reader<S>, head: &Head) -> Result<bool, UpdateError> {
    let whole = head.length as u64 + head.header.payload();
    match reader.size() {
        None => Ok(false),
        Some(size) if size < whole => Err(UpdateError::Truncated { got: size }),
        Some(size) if size > whole => Err(UpdateError::Trailing),
        Some(_) => Ok(true),
    }
}

/// Checks the signature, so that what is shown is true; init checks it for itself.
fn introduce(head: &Head, keys: &[Key], report: &Report) -> Result<(), UpdateError> {
    let verified = bundle::verify(head, keys).map_err(Refusal::from)?;
    let made = &verified.header().made;
    report.edit(|job| {
        job.size = Some(head.length as u64 + head.header.payload());
        job.release = Some(Release {
            version: made.version.clone(),
            notes: made.notes.clone(),
            key: verified.key().to_owned(),
            created: made.created,
        });
    });
    Ok(())
}

/// The blocks that the card has not.
async fn prepare(talk: &mut Talk, head: &[u8], report: &Report) -> Result<Vec<u8>, UpdateError> {
    report.stage(Stage::Preparing, 0, 0);
    let mut at = 0;
    for bytes in head.chunks(PIECE) {
        talk.say(Wish::Head { at, bytes }).await?;
        at += u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    }
    talk.say(Wish::Begin).await?;
    loop {
        match talk.hear().await? {
            News::Missing(missing) => return Ok(missing),
            News::Progress(progress) => report.stage(Stage::Preparing, progress.done, progress.of),
            _ => {}
        }
    }
}

async fn transfer<S: Source>(
    reader: &mut Reader<S>,
    talk: &mut Talk,
    header: &Header,
    runs: Vec<Run>,
    report: &Report,
) -> Result<(), UpdateError> {
    let of = u32::try_from(header.blocks.len()).unwrap_or(u32::MAX);
    let missing: usize = runs.iter().map(|run| run.blocks.len()).sum();
    let there = of.saturating_sub(u32::try_from(missing).unwrap_or(u32::MAX));
    report.stage(Stage::Transferring, there, of);
    let mut on_the_way = 0;
    let mut packed = Vec::new();
    for run in runs {
        reader.seek(&run.bytes);
        for index in run.blocks {
            let length = header.blocks[index as usize].packed as usize;
            packed.clear();
            reader.read(length, &mut packed).await?;
            let bytes = unpack(header, index, &packed)?;
            if on_the_way == IN_FLIGHT {
                written(talk, report).await?;
                on_the_way -= 1;
            }
            talk.say(Wish::Block {
                index,
                bytes: &bytes,
            })
            .await?;
            on_the_way += 1;
        }
    }
    for _ in 0..on_the_way {
        written(talk, report).await?;
    }
    Ok(())
}

/// Waits until one more block is on the card.
async fn written(talk: &mut Talk, report: &Report) -> Result<(), UpdateError> {
    while !matches!(talk.hear().await?, News::Written(_)) {}
    report.edit(|job| job.done += 1);
    Ok(())
}

async fn finish(talk: &mut Talk, report: &Report) -> Result<(), UpdateError> {
    let of = report.0.borrow().job.as_ref().map_or(0, |job| job.of);
    report.stage(Stage::Verifying, 0, of);
    talk.say(Wish::Finish).await?;
    loop {
        match talk.hear().await? {
            News::Installed => return Ok(()),
            News::Progress(progress) if progress.stage == installer::Stage::Verifying => {
                report.stage(Stage::Verifying, progress.done, progress.of);
            }
            _ => {}
        }
    }
}
