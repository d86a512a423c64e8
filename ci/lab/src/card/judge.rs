//! Judges what a power cut has left of a card with two slots: what the boot firmware starts from it, whether that is a
//! whole system, and whether it still is when the appliance has put right what it wants to.
//!
//! No machine and no copy of the card: a cut is looked at through the [log](super::cut), and a block that came out the
//! same in another cut is compared once. That makes ten thousand of them a matter of seconds.

use std::collections::HashMap;
use std::io;
use std::sync::Mutex;

use farseat_firmware::slot::board::Board;
use farseat_firmware::slot::bundle::BLOCK;
use farseat_firmware::slot::disk as seam;
use farseat_firmware::slot::fat::{AUTOBOOT, ESSENTIAL, Fat};
use farseat_firmware::slot::firmware::{Bootloader, Content, Reset, decide};
use farseat_firmware::slot::keeper::{Facts, Keeper, Order};
use farseat_firmware::slot::layout::{self, SECTOR, SELECTOR};
use farseat_firmware::slot::line::Wish;
use farseat_firmware::slot::{Slot, keys};

use super::cut::{Cut, Entry};
use super::disk::Disk;

/// See the module.
pub struct Judge<'a> {
    /// What the log begins with.
    before: &'a Disk,
    log: &'a [Entry],
    /// What a slot may have: each from its first byte on.
    systems: &'a [Vec<u8>],
    compared: Mutex<HashMap<Known, Vec<bool>>>,
}

/// A block of a slot, and what of the log lies over it: where the bytes are, and how many.
type Known = (Slot, usize, Vec<(usize, usize)>);

/// Where a state came out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// Which system starts after the cut.
    pub starts: usize,
    /// Which one starts next time.
    pub next: usize,
    /// Which one starts when the owner then orders a trial; `None`: that is refused.
    pub trial: Option<usize>,
}

impl<'a> Judge<'a> {
    /// `before` is not changed.
    #[must_use]
    pub fn new(before: &'a Disk, log: &'a [Entry], systems: &'a [Vec<u8>]) -> Self {
        Self {
            before,
            log,
            systems,
            compared: Mutex::default(),
        }
    }

    /// What comes of this cut.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn judge(&self, cut: &Cut) -> Result<Outcome, String> {
        let mut card = View::of(self.before, cut, self.log);
        let running = self.boot(&mut card, false)?;
        let starts = self.whole(&card, running)?;
        let facts = Facts {
            running,
            trial: false,
            board: Board::default(),
        };
        let mut keeper = Keeper::open(&mut card, facts, keys::trusted())
            .map_err(|error| format!("the state cannot be read: {error}"))?;
        let turn = keeper.boot();
        if turn.order.is_some() || turn.selector.is_some() {
            return Err(format!("the start asks for more: {:?}", turn.notes));
        }
        let primary = keeper.slots().state.primary;
        let tried = keeper.take(Wish::Trial).order == Some(Order::Trial);
        drop(keeper);
        let next = self.boot(&mut card, false)?;
        if next != primary {
            return Err(format!("slot {next} starts, and {primary} should"));
        }
        let trial = match tried {
            true => Some(
                self.boot(&mut card, true)
                    .and_then(|slot| self.whole(&card, slot))?,
            ),
            false => None,
        };
        Ok(Outcome {
            starts,
            next: self.whole(&card, next)?,
            trial,
        })
    }

    fn boot(&self, card: &mut View<'_>, trial: bool) -> Result<Slot, String> {
        let autoboot = autoboot(card);
        let contents = [1, 2, 3].map(|number| content(card, number));
        let reset = Reset {
            partition: 0,
            trial,
        };
        let boot = decide(Bootloader::Current, reset, autoboot.as_deref(), &contents);
        let boot = boot.map_err(|dark| dark.to_string())?;
        Slot::from_partition(boot.partition.into())
            .ok_or_else(|| format!("partition {} boots, which is no slot", boot.partition))
    }

    /// Which system a slot has, from the first byte to the last.
    fn whole(&self, card: &View<'_>, slot: Slot) -> Result<usize, String> {
        let start = layout::slot(slot).area.offset();
        let mut pieces: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
        for (at, bytes) in &card.pieces {
            let end = at + bytes.len() as u64;
            if end > start && *at < start + layout::slot(slot).area.size() {
                for block in (at - start) / BLOCK as u64..(end - start).div_ceil(BLOCK as u64) {
                    let piece = (bytes.as_ptr() as usize, bytes.len());
                    pieces.entry(block as usize).or_default().push(piece);
                }
            }
        }
        let longest = self.systems.iter().map(Vec::len).max().unwrap_or_default();
        let mut fits = vec![true; self.systems.len()];
        let mut wrong = None;
        for block in 0..longest.div_ceil(BLOCK) {
            let key = (slot, block, pieces.remove(&block).unwrap_or_default());
            let same = self.compare(card, key);
            fits.iter_mut()
                .zip(same)
                .for_each(|(fits, same)| *fits &= same);
            if wrong.is_none() && fits.iter().all(|fits| !fits) {
                wrong = Some(block);
            }
        }
        fits.iter()
            .position(|fits| *fits)
            .ok_or_else(|| format!("slot {slot} starts, and its block {wrong:?} is wrong"))
    }

    /// Whether a block is that of each system; behind the end of one anything may be.
    fn compare(&self, card: &View<'_>, key: Known) -> Vec<bool> {
        let mut compared = self.compared.lock().expect("nobody panics with it");
        if let Some(known) = compared.get(&key) {
            return known.clone();
        }
        let (slot, block, _) = key;
        let mut bytes = vec![0; BLOCK];
        let at = layout::slot(slot).area.offset() + (block * BLOCK) as u64;
        card.look(at, &mut bytes).expect("a slot is on the card");
        let same = self.systems.iter().map(|system| {
            let from = (block * BLOCK).min(system.len());
            let wanted = &system[from..(from + BLOCK).min(system.len())];
            bytes[..wanted.len()] == *wanted
        });
        let same: Vec<bool> = same.collect();
        compared.insert(key, same.clone());
        same
    }
}

/// A card after a cut. What is written to it lies over it.
struct View<'a> {
    before: &'a Disk,
    pieces: Vec<(u64, &'a [u8])>,
    written: Vec<(u64, Vec<u8>)>,
}

impl<'a> View<'a> {
    fn of(before: &'a Disk, cut: &Cut, log: &'a [Entry]) -> Self {
        let mut pieces = Vec::new();
        cut.replay(log, |at, bytes| pieces.push((at, bytes)));
        Self {
            before,
            pieces,
            written: Vec::new(),
        }
    }

    fn look(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = at + buffer.len() as u64;
        buffer.copy_from_slice(&self.before.content(at..end)?);
        let pieces = self.pieces.iter().copied();
        let written = self.written.iter().map(|(at, bytes)| (*at, &bytes[..]));
        for (from, bytes) in pieces.chain(written) {
            let first = at.max(from);
            let last = end.min(from + bytes.len() as u64);
            if first < last {
                let length = (last - first) as usize;
                let (to, from) = ((first - at) as usize, (first - from) as usize);
                buffer[to..to + length].copy_from_slice(&bytes[from..from + length]);
            }
        }
        Ok(())
    }
}

impl seam::Disk for View<'_> {
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.look(at, buffer)
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.written.push((at, bytes.to_vec()));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn autoboot(card: &mut View<'_>) -> Option<Vec<u8>> {
    let fat = Fat::open(card, SELECTOR.area).ok()?;
    let file = fat.find(card, &AUTOBOOT).ok()??;
    let mut bytes = vec![0; SECTOR as usize];
    card.look(file.at, &mut bytes).ok()?;
    bytes.truncate(file.size as usize);
    Some(bytes)
}

fn content(card: &mut View<'_>, number: u8) -> Content {
    let area = layout::PARTITIONS[usize::from(number) - 1].area;
    let Ok(fat) = Fat::open(card, area) else {
        return Content::Unreadable;
    };
    match fat.find(card, &ESSENTIAL[0]) {
        Ok(Some(_)) => Content::Bootable,
        Ok(None) => Content::NoFirmware,
        Err(_) => Content::Unreadable,
    }
}
