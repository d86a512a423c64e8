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
        make(&path).map_err(|source| CardError::Make {
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
    Ok(VirtualCard { say, hear })
}

/// A new card: the same small system in both slots. It gets its name when it is whole.
fn make(path: &Path) -> io::Result<()> {
    let beside = path.with_extension("img.new");
    let file = File::create(&beside)?;
    file.set_len(CARD_SECTORS * SECTOR)?;
    let autoboot = Autoboot::primary(Slot::A).print();
    let autoboot = autoboot.ok_or(io::ErrorKind::InvalidData)?;
    let selector = fat::file_system(&[(AUTOBOOT, &autoboot)]);
    file.write_all_at(&selector, SELECTOR.area.offset())?;
    let version = env!("CARGO_PKG_VERSION");
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
