//! The virtual machine that the virtual card is in: the firmware's model starts a slot, a [`Keeper`] does what init's does.
//!
//! ```text
//! off ──firmware::decide──▶ runs: wishes, steps, a pulse a second ──an order──▶ down for DOWN ──▶ off
//! ```
//!
//! It is well all the time, so trials end well after [`SETTLE`](crate::slot::health::SETTLE). A release whose version
//! ends with [`BAD`] is not: its page does not answer, and its clock runs fast so that nobody has to wait for the verdict.

use std::fs::File;
use std::io;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::FileDisk;
use crate::slot::Slot;
use crate::slot::board::Board;
use crate::slot::disk::Disk as _;
use crate::slot::fat::{AUTOBOOT, ESSENTIAL, Fat};
use crate::slot::firmware::{Bootloader, Content, Reset, decide};
use crate::slot::health::{Checks, WINDOW};
use crate::slot::keeper::{Facts, Keeper, Order, Turn};
use crate::slot::keys::trusted;
use crate::slot::layout::{PARTITIONS, SECTOR, SELECTOR};
use crate::slot::line::{News, Wish};
use crate::slot::refusal::Refusal;

/// The end of a version that fails its trial.
const BAD: &str = "-bad";
/// How long such a release runs before it is judged.
const BAD_AFTER: Duration = Duration::from_secs(3);
/// From an order to restart until the next system runs.
const DOWN: Duration = Duration::from_secs(3);
const PULSE: Duration = Duration::from_secs(1);
/// What the virtual machine says it is: bundles for the board and for the lab's machine fit.
const HARDWARE: [&str; 2] = ["raspberrypi,4-model-b", "linux,dummy-virt"];

pub(super) fn hardware() -> Vec<String> {
    HARDWARE.map(str::to_owned).to_vec()
}

/// Runs until nobody has a wish any more.
pub(super) async fn live(
    card: &File,
    mut wishes: mpsc::Receiver<Vec<u8>>,
    news: mpsc::Sender<News>,
) {
    let mut trial = false;
    loop {
        match run(card, trial, &mut wishes, &news).await {
            Ok(Some(order)) => trial = order == Order::Trial,
            Ok(None) => return,
            Err(error) => {
                log::error!("the virtual card: {error}; without the file a new one is made");
                return refuse(wishes, news).await;
            }
        }
        log::info!("the virtual machine restarts");
        sleep(DOWN).await;
        // Nobody heard what was said meanwhile.
        while wishes.try_recv().is_ok() {}
    }
}

/// From a start to the next.
async fn run(
    card: &File,
    trial: bool,
    wishes: &mut mpsc::Receiver<Vec<u8>>,
    news: &mpsc::Sender<News>,
) -> io::Result<Option<Order>> {
    let facts = start(card, trial)?;
    let mut keeper = Keeper::open(FileDisk(card), facts, trusted())?;
    keeper.data_is_well(true);
    let started = Instant::now();
    let mut turn = keeper.boot();
    turn.news.push(News::Slots(keeper.slots()));
    let mut pulsed = None;
    loop {
        if let Some(order) = finish(turn, &mut keeper, news).await {
            return Ok(Some(order));
        }
        let slots = keeper.slots();
        let bad = slots.trial && slots.state.slot(slots.running).version.ends_with(BAD);
        let now = started.elapsed();
        if !bad && pulsed.is_none_or(|last| now >= last + PULSE) {
            pulsed = Some(now);
            keeper.take(Wish::Pulse(Checks::ALL));
        }
        let time = if bad && now >= BAD_AFTER {
            now + WINDOW
        } else {
            now
        };
        let wait = if keeper.is_busy() {
            Duration::ZERO
        } else {
            keeper.wake().unwrap_or(PULSE).min(PULSE)
        };
        turn = match timeout(wait, wishes.recv()).await {
            Ok(None) => return Ok(None),
            Ok(Some(packet)) => match Wish::parse(&packet) {
                Some(wish) => keeper.take(wish),
                None => Turn::default(),
            },
            Err(_) => keeper.step(time),
        };
    }
}

/// Does what a turn says; a trial's flag can always be set here.
async fn finish(
    turn: Turn,
    keeper: &mut Keeper<FileDisk<'_>>,
    news: &mpsc::Sender<News>,
) -> Option<Order> {
    for note in turn.notes {
        log::info!("virtual machine: {note}");
    }
    if turn.selector.is_some() {
        keeper.selector_written(false);
    }
    for one in turn.news {
        // Who does not listen has ended, and the next wish says so.
        let _ = news.send(one).await;
    }
    turn.order
}

/// What the firmware starts.
fn start(card: &File, trial: bool) -> io::Result<Facts> {
    let mut disk = FileDisk(card);
    let contents = [1, 2, 3].map(|number| content(&mut disk, number));
    let reset = Reset {
        partition: 0,
        trial,
    };
    let file = autoboot(&mut disk);
    let boot = decide(Bootloader::Current, reset, file.as_deref(), &contents);
    let boot = boot.map_err(io::Error::other)?;
    let running = Slot::from_partition(boot.partition.into());
    Ok(Facts {
        running: running.ok_or(io::ErrorKind::InvalidData)?,
        trial: boot.trial,
        board: Board {
            hardware: hardware(),
            bootloader: None,
        },
    })
}

fn autoboot(disk: &mut FileDisk<'_>) -> Option<Vec<u8>> {
    let fat = Fat::open(disk, SELECTOR.area).ok()?;
    let file = fat.find(disk, &AUTOBOOT).ok()??;
    let mut bytes = vec![0; SECTOR as usize];
    disk.read(file.at, &mut bytes).ok()?;
    Some(bytes)
}

fn content(disk: &mut FileDisk<'_>, number: u8) -> Content {
    let area = PARTITIONS[usize::from(number) - 1].area;
    let found = Fat::open(disk, area).and_then(|fat| fat.find(disk, &ESSENTIAL[0]));
    match found {
        Ok(Some(_)) => Content::Bootable,
        Ok(None) => Content::NoFirmware,
        Err(_) => Content::Unreadable,
    }
}

async fn refuse(mut wishes: mpsc::Receiver<Vec<u8>>, news: mpsc::Sender<News>) {
    while wishes.recv().await.is_some() {
        let _ = news.send(News::Refused(Refusal::NoCard)).await;
    }
}
