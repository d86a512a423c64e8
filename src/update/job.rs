//! One install, from the first byte of a bundle to init's word that the slot is whole. The same for every source.
//!
//! ```text
//! OPENING ──head──▶ PREPARING ──what is missing──▶ TRANSFERRING ──▶ VERIFYING ──▶ installed
//!  the head          init checks the signature,     only missing     init reads
//!  is read           clears the slot's boot         blocks, two      all of it
//!                    sector, scans both slots       on the way       again
//! ```
//!
//! A block for which there is a patch over what runs comes as the patch; init makes the block. One that it cannot make,
//! because what runs is damaged on the card, comes whole after all.
//!
//! Memory: a head, a packed block, blocks on the way. Writes nothing itself; everything that it says to init is
//! checked there once more.

use tokio::sync::mpsc;

use super::error::UpdateError;
use super::plan::{Item, Run, runs, unpack, unpack_patch};
use super::source::{Reader, Source};
use super::status::{Release, Report, Stage};
use crate::slot::bundle::{self, Fault, HEAD_LIMIT, Head, Header};
use crate::slot::installer;
use crate::slot::keys::Key;
use crate::slot::line::{News, PIECE, Wish, blocks};
use crate::slot::refusal::Refusal;
use crate::slot::state::Image;

/// Blocks that init has not yet written.
const IN_FLIGHT: u32 = 2;
/// Most heads are shorter: read in one go.
const GUESS: u64 = 32 << 10;

/// The job's end of the line to init.
pub(super) struct Talk {
    pub(super) say: mpsc::Sender<Vec<u8>>,
    pub(super) hear: mpsc::Receiver<News>,
    /// What is in the slot that runs, as init knows it.
    pub(super) running: Option<Image>,
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
    // Who reads front to back has read a block before its patch comes.
    let running = talk.running.filter(|_| reader.gives_parts());
    let planned = runs(&header, payload, blocks(&missing), running);
    let mut transfer = Transfer::begin(&mut reader, &mut talk, &header, &report);
    transfer.count(&planned);
    transfer.all(planned).await?;
    let unpatched = std::mem::take(&mut transfer.unpatched).into_iter();
    transfer
        .all(runs(&header, payload, unpatched, None))
        .await?;
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

/// Blocks and patches on their way from the source to init.
struct Transfer<'a, S> {
    reader: &'a mut Reader<S>,
    talk: &'a mut Talk,
    header: &'a Header,
    report: &'a Report,
    /// Of which init has not said yet what became of them.
    on_the_way: u32,
    /// Blocks that their patches did not make, in their order.
    unpatched: Vec<u32>,
}

impl<'a, S: Source> Transfer<'a, S> {
    fn begin(
        reader: &'a mut Reader<S>,
        talk: &'a mut Talk,
        header: &'a Header,
        report: &'a Report,
    ) -> Transfer<'a, S> {
        Transfer {
            reader,
            talk,
            header,
            report,
            on_the_way: 0,
            unpatched: Vec::new(),
        }
    }

    /// What is there already counts as done.
    fn count(&self, runs: &[Run]) {
        let of = u32::try_from(self.header.blocks.len()).unwrap_or(u32::MAX);
        let missing: usize = runs.iter().map(|run| run.items.len()).sum();
        let there = of.saturating_sub(u32::try_from(missing).unwrap_or(u32::MAX));
        self.report.stage(Stage::Transferring, there, of);
    }

    async fn all(&mut self, runs: Vec<Run>) -> Result<(), UpdateError> {
        let mut packed = Vec::new();
        for run in runs {
            self.reader.seek(&run.bytes);
            for item in run.items {
                packed.clear();
                self.reader.read(item.packed, &mut packed).await?;
                self.one(item, &packed).await?;
            }
        }
        while self.on_the_way > 0 {
            self.answered().await?;
        }
        self.unpatched.sort_unstable();
        Ok(())
    }

    async fn one(&mut self, item: Item, packed: &[u8]) -> Result<(), UpdateError> {
        let index = item.block;
        let bytes = if item.patch {
            unpack_patch(packed)
        } else {
            Some(unpack(self.header, index, packed)?)
        };
        let Some(bytes) = &bytes else {
            self.unpatched.push(index);
            return Ok(());
        };
        if self.on_the_way == IN_FLIGHT {
            self.answered().await?;
        }
        let wish = if item.patch {
            Wish::Patch { index, bytes }
        } else {
            Wish::Block { index, bytes }
        };
        self.on_the_way += 1;
        self.talk.say(wish).await
    }

    /// Waits until init has said what became of one more.
    async fn answered(&mut self) -> Result<(), UpdateError> {
        loop {
            match self.talk.hear().await? {
                News::Written(_) => self.report.edit(|job| job.done += 1),
                News::Unpatched(index) => self.unpatched.push(index),
                _ => continue,
            }
            self.on_the_way -= 1;
            return Ok(());
        }
    }
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
