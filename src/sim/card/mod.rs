//! The virtual card behind `farseat simulate`: a sparse file with the real layout, and the real
//! [`Keeper`](crate::slot::keeper::Keeper) over it, on a thread of its own.
//!
//! Speaks the same messages as init does. Only `app` calls it. The program that serves is never replaced: what is
//! installed here is shown, tried, confirmed and rolled back, but does not run.

mod fat;
mod machine;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use crate::slot::Slot;
use crate::slot::autoboot::Autoboot;
use crate::slot::digest::Digest;
use crate::slot::disk::Disk;
use crate::slot::fat::{AUTOBOOT, ESSENTIAL};
use crate::slot::layout::{CARD_SECTORS, SECTOR, SELECTOR, slot};
use crate::slot::line::News;
use crate::slot::state::{Image, State, store};

/// The line to it: packets of wishes in, news out.
pub struct VirtualCard {
    pub say: mpsc::Sender<Vec<u8>>,
    pub hear: mpsc::Receiver<News>,
    /// What the virtual machine says it is.
    pub hardware: Vec<String>,
}

/// Why there is no virtual card.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    #[error("make the virtual card {}", path.display())]
    Make { path: PathBuf, source: io::Error },
    #[error("open the virtual card {}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("start the virtual card's thread")]
    Thread(#[source] io::Error),
}

/// As many as the line between two processes holds, about: two blocks and a few words.
const PACKETS: usize = 4;
/// Told and not yet heard.
const NEWS: usize = 64;

/// Puts the card `card.img` of this folder, or a new one, into a virtual machine and switches it on. Must be called
/// inside a tokio runtime.
///
/// # Errors
/// The file cannot be made or opened.
pub fn card(folder: &Path) -> Result<VirtualCard, CardError> {
    let path = folder.join("card.img");
    if !path.exists() {
        make(&path, env!("CARGO_PKG_VERSION")).map_err(|source| CardError::Make {
            path: path.clone(),
            source,
        })?;
    }
    let opened = OpenOptions::new().read(true).write(true).open(&path);
    let file = opened.map_err(|source| CardError::Open { path, source })?;
    let (say, wishes) = mpsc::channel(PACKETS);
    let (tell, hear) = mpsc::channel(NEWS);
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new()
        .name("card".to_owned())
        .spawn(move || runtime.block_on(machine::live(&file, wishes, tell)))
        .map_err(CardError::Thread)?;
    Ok(VirtualCard {
        say,
        hear,
        hardware: machine::hardware(),
    })
}

/// A new card: the same small system, of this version, in both slots. The file gets its name when it is whole.
fn make(path: &Path, version: &str) -> io::Result<()> {
    let beside = path.with_extension("img.new");
    let file = File::create(&beside)?;
    file.set_len(CARD_SECTORS * SECTOR)?;
    let autoboot = Autoboot::primary(Slot::A).print();
    let autoboot = autoboot.ok_or(io::ErrorKind::InvalidData)?;
    let selector = fat::file_system(&[(AUTOBOOT, &autoboot)]);
    file.write_all_at(&selector, SELECTOR.area.offset())?;
    let system = fat::file_system(&ESSENTIAL.map(|name| (name, version.as_bytes())));
    for one in Slot::ALL {
        file.write_all_at(&system, slot(one).area.offset())?;
    }
    let image = Image {
        size: system.len() as u64,
        sha256: Digest::of(&system),
    };
    let (record, at) = store::first(&State::new(version, image, 0, built()));
    file.write_all_at(&record, at)?;
    file.sync_all()?;
    std::fs::rename(beside, path)
}

/// When this program was built, in seconds since 1970.
fn built() -> u64 {
    env!("FARSEAT_BUILT").parse().unwrap_or(0)
}

/// A file as a disk.
pub(super) struct FileDisk<'a>(pub(super) &'a File);

impl Disk for FileDisk<'_> {
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(buffer, at)
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, at)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::line::{Slots, Wish};
    use crate::slot::state::{Status, Verdict};

    /// A card with this version in both slots, and the machine that it is in.
    fn running(version: &str) -> (tempfile::TempDir, VirtualCard) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("card.img");
        make(&path, version).expect("a card");
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = file.expect("the file");
        let (say, wishes) = mpsc::channel(PACKETS);
        let (tell, hear) = mpsc::channel(NEWS);
        // On this test's own clock, not on a thread.
        tokio::spawn(async move { machine::live(&file, wishes, tell).await });
        let hardware = machine::hardware();
        (
            folder,
            VirtualCard {
                say,
                hear,
                hardware,
            },
        )
    }

    async fn until(card: &mut VirtualCard, what: impl Fn(&Slots) -> bool) -> Slots {
        loop {
            match card.hear.recv().await.expect("it lives") {
                News::Slots(slots) if what(&slots) => return slots,
                _ => {}
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_is_confirmed_by_itself() {
        let (_folder, mut card) = running("1.0.0");
        let first = until(&mut card, |_| true).await;
        assert_eq!((first.running, first.trial), (Slot::A, false));
        card.say.send(Wish::Trial.print()).await.expect("said");
        let trial = until(&mut card, |slots| slots.trial).await;
        assert_eq!(trial.running, Slot::B);
        let over = until(&mut card, |slots| !slots.trial).await;
        assert_eq!((over.running, over.state.primary), (Slot::B, Slot::B));
    }

    #[tokio::test(start_paused = true)]
    async fn a_release_that_is_called_bad_goes_back_and_says_why() {
        let (_folder, mut card) = running("1.0.1-bad");
        card.say.send(Wish::Trial.print()).await.expect("said");
        until(&mut card, |slots| slots.trial).await;
        let back = until(&mut card, |slots| slots.running == Slot::A).await;
        let record = back.state.slot(Slot::B);
        assert_eq!(record.status, Status::Bad);
        assert!(matches!(record.verdict, Some(Verdict::Unhealthy(_))));
        assert_eq!(back.state.primary, Slot::A);
    }

    #[tokio::test]
    async fn the_card_is_kept_from_one_start_to_the_next() {
        let folder = tempfile::tempdir().expect("temporary folder");
        for _ in 0..2 {
            let mut card = super::card(folder.path()).expect("a card");
            let slots = until(&mut card, |_| true).await;
            assert_eq!(slots.state.slot(Slot::B).version, env!("CARGO_PKG_VERSION"));
        }
    }
}
