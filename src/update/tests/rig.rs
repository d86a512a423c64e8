//! An init that is a keeper over a card in memory, bundles for it, and an updater between them.

use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::settings::Store;
use crate::slot::Slot;
use crate::slot::board::Board;
use crate::slot::bundle::BLOCK;
use crate::slot::disk::memory::MemoryDisk;
use crate::slot::health::Checks;
use crate::slot::keeper::{Facts, Keeper, Order as Machine, Turn};
use crate::slot::line::{News, Wish};
use crate::slot::rig::{Release, card, key, signed};
use crate::update::fetch::Fetch;
use crate::update::job::{self, Talk};
use crate::update::source::Source;
use crate::update::status::Report;
use crate::update::{
    Job, Line, Order, Place, Sending, Sent, Status, Unavailable, Update, UpdateError,
};

pub(crate) fn old() -> Release {
    Release::new("1.0.0", 1, &[1, 2, 3])
}

/// Some blocks of the old one, one of zeros, four of its own.
pub(crate) fn new() -> Release {
    Release::new("1.1.0", 2, &[1, 9, 0, 8, 3, 7, 6])
}

/// The old one with these blocks changed a little, and patches over it.
pub(crate) fn patched(changed: &[usize]) -> Release {
    let release = Release::new("1.1.0", 2, &[1, 2, 3]);
    let release = changed.iter().fold(release, |release, block| {
        release.with_change(*block, 777).with_change(*block, 60_000)
    });
    release.over(&old(), &[&[0], changed].concat())
}

/// A whole bundle; patches are over the old release.
pub(crate) fn bundle(release: &Release) -> Vec<u8> {
    let pack = |bytes: &[u8]| miniz_oxide::deflate::compress_to_vec_zlib(bytes, 1);
    let mut header = release.header.clone();
    let mut payload = Vec::new();
    for (block, bytes) in header.blocks.iter_mut().zip(release.bytes.chunks(BLOCK)) {
        if bytes.iter().any(|byte| *byte != 0) {
            let packed = pack(bytes);
            block.packed = packed.len() as u32;
            payload.extend(packed);
        } else {
            block.packed = 0;
        }
    }
    for patch in header.bases.iter_mut().flat_map(|base| &mut base.patches) {
        let packed = pack(&release.patch(&old(), patch.block as usize));
        patch.packed = packed.len() as u32;
        payload.extend(packed);
    }
    [signed(&header), payload].concat()
}

/// What init has been told, and its card.
pub(crate) struct Init {
    pub(crate) update: Update,
    pub(crate) status: watch::Receiver<Status>,
    card: JoinHandle<(MemoryDisk, Vec<Machine>)>,
    pub(crate) settings: Store,
    folder: TempDir,
}

impl Init {
    pub(crate) fn new() -> Init {
        Init::with(card(&old()))
    }

    pub(crate) fn with(disk: MemoryDisk) -> Init {
        Init::placed(disk, |_| {})
    }

    /// With this changed of where it is.
    pub(crate) fn placed(disk: MemoryDisk, change: impl FnOnce(&mut Place)) -> Init {
        let (say, wishes) = mpsc::channel(4);
        let (news, hear) = mpsc::channel(64);
        let card = tokio::spawn(keep(disk, wishes, news));
        Init {
            card,
            ..Init::over(Line { say, hear }, change)
        }
    }

    /// With another init at the other end of the line.
    pub(crate) fn over(line: Line, change: impl FnOnce(&mut Place)) -> Init {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut place = place(&folder);
        change(&mut place);
        let settings = place.settings.clone();
        let update = Update::start(line, place);
        Init {
            status: update.status(),
            update,
            card: tokio::spawn(std::future::pending()),
            settings,
            folder,
        }
    }

    /// Init's first answer.
    pub(crate) async fn ready() -> Init {
        let mut init = Init::new();
        init.wait_until(|status| status.slots.is_ok()).await;
        init
    }

    pub(crate) async fn wait_until(&mut self, what: impl FnMut(&Status) -> bool) -> Status {
        self.status.wait_for(what).await.expect("it lives").clone()
    }

    pub(crate) fn job(&self) -> Job {
        self.status.borrow().job.clone().expect("a job")
    }

    /// Sends a bundle in pieces of this many bytes and waits for what comes of it.
    pub(crate) async fn upload(&self, file: &[u8], piece: usize) -> Result<(), UpdateError> {
        let (pump, sending) = sending(0, Some(file.len() as u64));
        let job = self.update.upload(sending, order(false)).await?;
        pass(&pump, file, piece).await;
        let _ = pump.send(Sent::End).await;
        self.update.ended(job).await
    }

    /// The card, and what the machine was ordered to do, when nobody wishes anything any more.
    pub(crate) async fn stop(self) -> (MemoryDisk, Vec<Machine>) {
        let Init {
            update,
            status,
            card,
            settings,
            folder,
        } = self;
        drop((update, status, settings, folder));
        card.await.expect("no panic")
    }
}

/// A job by itself, without the service around it; what came of it, and the card.
pub(in crate::update) async fn install(
    source: impl Source,
    disk: MemoryDisk,
) -> (Result<(), UpdateError>, MemoryDisk) {
    let (say, wishes) = mpsc::channel(4);
    let (news, hear) = mpsc::channel(64);
    let card = tokio::spawn(keep(disk, wishes, news));
    let report = Report(watch::Sender::new(crate::update::status(
        Unavailable::NotHeard,
    )));
    let talk = Talk {
        say,
        hear,
        running: Some(old().image()),
    };
    let done = job::install(source, talk, report, vec![key()]).await;
    (done, card.await.expect("no panic").0)
}

fn place(folder: &TempDir) -> Place {
    Place {
        keys: vec![key()],
        fetch: Fetch::here(None),
        hardware: vec!["linux,dummy-virt".to_owned()],
        settings: Store::load(&folder.path().join("settings.toml")).expect("settings"),
        data: folder.path().to_owned(),
        card: None,
        seed: 7,
        clock: Box::new(|| None),
    }
}

pub(crate) fn order(restart: bool) -> Order {
    Order {
        user: "ann".to_owned(),
        restart,
    }
}

pub(crate) fn sending(at: u64, total: Option<u64>) -> (mpsc::Sender<Sent>, Sending) {
    let (pump, pieces) = mpsc::channel(2);
    (pump, Sending { at, total, pieces })
}

/// As far as anybody listens.
pub(crate) async fn pass(pump: &mpsc::Sender<Sent>, bytes: &[u8], piece: usize) {
    for bytes in bytes.chunks(piece) {
        let bytes = Bytes::copy_from_slice(bytes);
        if pump.send(Sent::Bytes(bytes)).await.is_err() {
            return;
        }
    }
}

async fn keep(
    disk: MemoryDisk,
    mut wishes: mpsc::Receiver<Vec<u8>>,
    news: mpsc::Sender<News>,
) -> (MemoryDisk, Vec<Machine>) {
    let facts = Facts {
        running: Slot::A,
        trial: false,
        board: Board {
            hardware: vec!["linux,dummy-virt".to_owned()],
            bootloader: None,
        },
    };
    let mut disk = disk;
    let mut orders = Vec::new();
    {
        let mut keeper = Keeper::open(&mut disk, facts, vec![key()]).expect("a card");
        keeper.boot();
        keeper.take(Wish::Pulse(Checks::ALL));
        let start = Instant::now();
        loop {
            let wait = if keeper.is_busy() {
                Duration::ZERO
            } else {
                Duration::from_secs(3600)
            };
            let turn = match timeout(wait, wishes.recv()).await {
                Ok(None) => break,
                Ok(Some(packet)) => keeper.take(Wish::parse(&packet).expect("a wish")),
                Err(_) => keeper.step(start.elapsed()),
            };
            tell(turn, &news, &mut orders).await;
        }
    }
    (disk, orders)
}

async fn tell(turn: Turn, news: &mpsc::Sender<News>, orders: &mut Vec<Machine>) {
    for one in turn.news {
        let _ = news.send(one).await;
    }
    orders.extend(turn.order);
}
