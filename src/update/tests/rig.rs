//! An init that is a keeper over a card in memory, bundles for it, and an updater between them.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::slot::Slot;
use crate::slot::board::Board;
use crate::slot::bundle::BLOCK;
use crate::slot::disk::memory::MemoryDisk;
use crate::slot::health::Checks;
use crate::slot::keeper::{Facts, Keeper, Order as Machine, Turn};
use crate::slot::line::{News, Wish};
use crate::slot::rig::{Release, card, key, signed};
use crate::update::{Job, Line, Order, Sending, Sent, Status, Update, UpdateError};

pub(super) fn old() -> Release {
    Release::new("1.0.0", 1, &[1, 2, 3])
}

/// Some blocks of the old one, one of zeros, four of its own.
pub(super) fn new() -> Release {
    Release::new("1.1.0", 2, &[1, 9, 0, 8, 3, 7, 6])
}

/// A whole bundle.
pub(super) fn bundle(release: &Release) -> Vec<u8> {
    let mut header = release.header.clone();
    let mut payload = Vec::new();
    for (block, bytes) in header.blocks.iter_mut().zip(release.bytes.chunks(BLOCK)) {
        if bytes.iter().any(|byte| *byte != 0) {
            let packed = miniz_oxide::deflate::compress_to_vec_zlib(bytes, 1);
            block.packed = packed.len() as u32;
            payload.extend(packed);
        } else {
            block.packed = 0;
        }
    }
    [signed(&header), payload].concat()
}

/// What init has been told, and its card.
pub(super) struct Init {
    pub(super) update: Update,
    pub(super) status: watch::Receiver<Status>,
    card: JoinHandle<(MemoryDisk, Vec<Machine>)>,
}

impl Init {
    pub(super) fn new() -> Init {
        Init::with(card(&old()))
    }

    pub(super) fn with(disk: MemoryDisk) -> Init {
        let (say, wishes) = mpsc::channel(4);
        let (news, hear) = mpsc::channel(64);
        let card = tokio::spawn(keep(disk, wishes, news));
        let update = Update::start(Line { say, hear }, vec![key()]);
        Init {
            status: update.status(),
            update,
            card,
        }
    }

    /// Init's first answer.
    pub(super) async fn ready() -> Init {
        let mut init = Init::new();
        init.wait_until(|status| status.slots.is_ok()).await;
        init
    }

    pub(super) async fn wait_until(&mut self, what: impl FnMut(&Status) -> bool) -> Status {
        self.status.wait_for(what).await.expect("it lives").clone()
    }

    pub(super) fn job(&self) -> Job {
        self.status.borrow().job.clone().expect("a job")
    }

    /// Sends a bundle in pieces of this many bytes and waits for what comes of it.
    pub(super) async fn upload(&self, file: &[u8], piece: usize) -> Result<(), UpdateError> {
        let (pump, sending) = sending(0, Some(file.len() as u64));
        let job = self.update.upload(sending, order(false)).await?;
        pass(&pump, file, piece).await;
        let _ = pump.send(Sent::End).await;
        self.update.ended(job).await
    }

    /// The card, and what the machine was ordered to do, when nobody wishes anything any more.
    pub(super) async fn stop(self) -> (MemoryDisk, Vec<Machine>) {
        let Init {
            update,
            status,
            card,
        } = self;
        drop((update, status));
        card.await.expect("no panic")
    }
}

pub(super) fn order(restart: bool) -> Order {
    Order {
        user: "ann".to_owned(),
        restart,
    }
}

pub(super) fn sending(at: u64, total: Option<u64>) -> (mpsc::Sender<Sent>, Sending) {
    let (pump, pieces) = mpsc::channel(2);
    (pump, Sending { at, total, pieces })
}

/// As far as anybody listens.
pub(super) async fn pass(pump: &mpsc::Sender<Sent>, bytes: &[u8], piece: usize) {
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
