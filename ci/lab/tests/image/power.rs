//! The power goes while settings are being written: whatever the card then holds, the settings are a whole version, and
//! no change that the page was told of is lost.
//!
//! One run is recorded: a claim and a number of changes, with every write and flush of the card. Each state that the
//! card could have been left in at any moment is put together and looked at from outside; some are booted.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use farseat_firmware::slot::superblock;
use farseat_lab::card::board::{Beside, Board};
use farseat_lab::card::cut::{Cut, Entry, Tear, cuts};
use farseat_lab::card::ext4;
use farseat_lab::say;

use crate::card;

/// The data partition.
const DATA: usize = 4;
const SETTINGS: &str = "settings.toml";
const ACCOUNTS: &str = "accounts.json";
const CHANGES: u32 = 24;
/// States beside each write, in a quick and in a full run.
const CHANCES: [usize; 2] = [16, 250];
const SEED: u64 = 0x5eed_0003;
const TEAR: Tear = Tear::BetweenSectors;
/// Of the states of a card that does not flush, those behind so many.
const LATE: usize = 200;
/// So many states are booted for real.
const BOOTED: usize = 3;

/// A run, and what was in the files after each acknowledged step.
struct Run {
    start: Vec<u8>,
    log: Vec<Entry>,
    accounts: Vec<u8>,
    /// `settings[0]` is from before the first change.
    settings: Vec<Option<Vec<u8>>>,
}

fn guest_file(board: &Board, name: &str) -> Option<Vec<u8>> {
    let text = board.target().read(&format!("/data/{name}"));
    text.ok().map(String::into_bytes)
}

/// Marks: 1 after the claim, one more after each change.
fn record(board: &mut Board) -> Run {
    let disk = board.card().disk().clone();
    board.console();
    disk.mark(1);
    let accounts = guest_file(board, ACCOUNTS).expect("the claim is on the card");
    let mut settings = vec![guest_file(board, SETTINGS)];
    for change in 1..=CHANGES {
        // Lengths differ, so that a mixture of two versions is neither.
        let quality = if change % 2 == 0 { 9 } else { 40 + change };
        let wanted = serde_json::json!({"video": {"quality": quality, "max_fps": change}});
        board.console().set(wanted);
        disk.mark(1 + change);
        settings.push(guest_file(board, SETTINGS));
    }
    Run {
        start: Vec::new(),
        log: disk.take_log(),
        accounts,
        settings,
    }
}

impl Run {
    /// Where in `settings` a card may be that was cut there: what was acknowledged, or the change that was under way.
    fn allowed(&self, cut: &Cut) -> std::ops::RangeInclusive<usize> {
        let acknowledged = cut.last_mark(&self.log).unwrap_or(1) as usize - 1;
        acknowledged..=(acknowledged + 1).min(self.settings.len() - 1)
    }

    /// The data partition as the cut has left it.
    fn state(&self, cut: &Cut, area: &std::ops::Range<u64>) -> Vec<u8> {
        let mut state = self.start.clone();
        cut.replay(&self.log, |offset, bytes| {
            if area.contains(&offset) {
                let at = (offset - area.start) as usize;
                state[at..at + bytes.len()].copy_from_slice(bytes);
            }
        });
        state
    }

    /// Which version of the settings the state has; what is wrong with it otherwise.
    fn judge(&self, cut: &Cut, image: &Path) -> Result<usize, String> {
        let pristine = superblock::of(&self.start).ok_or("no file system to begin with")?;
        ext4::mend(image, &pristine).map_err(|error| error.to_string())?;
        ext4::replay(image).map_err(|damage| damage.to_string())?;
        let files = tempfile::tempdir_in(memory()).map_err(|error| error.to_string())?;
        ext4::dump(image, files.path()).map_err(|error| error.to_string())?;
        let read = |name| std::fs::read(files.path().join(name)).ok();
        let claimed = cut.last_mark(&self.log).is_some();
        if claimed && read(ACCOUNTS).as_ref() != Some(&self.accounts) {
            return Err("the account is lost".into());
        }
        let settings = read(SETTINGS);
        let allowed = self.allowed(cut);
        allowed
            .clone()
            .find(|version| self.settings[*version] == settings)
            .ok_or_else(|| {
                let found = self.settings.iter().position(|known| *known == settings);
                format!("settings are version {found:?}, not {allowed:?}: {settings:?}")
            })
    }
}

/// Judges every state on all processors; how many were each version, and what was wrong.
fn judge_all(
    run: &Run,
    cuts: &[Cut],
    area: &std::ops::Range<u64>,
) -> (BTreeMap<usize, usize>, Vec<String>) {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let versions = Mutex::new(BTreeMap::new());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (versions, wrong) = (&versions, &wrong);
            scope.spawn(move || {
                let folder = tempfile::tempdir_in(memory()).unwrap();
                let image = folder.path().join("data");
                for cut in cuts.iter().skip(thread).step_by(threads) {
                    write_sparse(&image, &run.state(cut, area)).unwrap();
                    match run.judge(cut, &image) {
                        Ok(version) => *versions.lock().unwrap().entry(version).or_default() += 1,
                        Err(problem) => wrong.lock().unwrap().push(format!("{cut:?}: {problem}")),
                    }
                }
            });
        }
    });
    (versions.into_inner().unwrap(), wrong.into_inner().unwrap())
}

/// Thousands of images are written, synced and thrown away.
fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.into()
    } else {
        std::env::temp_dir()
    }
}

fn write_sparse(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::create(path)?;
    file.set_len(bytes.len() as u64)?;
    for (index, block) in bytes.chunks(4096).enumerate() {
        if block != [0; 4096] {
            file.write_all_at(block, index as u64 * 4096)?;
        }
    }
    Ok(())
}

#[test]
fn settings_are_old_or_new_and_no_acknowledged_change_is_lost_whenever_the_power_goes() {
    let full = std::env::var_os("FARSEAT_FULL").is_some();
    let card = card();
    let area = card.disk().partition(DATA);
    let start = card.disk().content(area.clone()).unwrap();
    card.disk().record();
    let mut board = Board::power_on("card-power", &card, Beside::Agent).unwrap();
    let run = Run {
        start,
        ..record(&mut board)
    };

    // What comes before the claim is init's story: a new data partition, which may be made anew.
    let states: Vec<_> = cuts(&run.log, CHANCES[usize::from(full)], TEAR, SEED)
        .into_iter()
        .filter(|cut| cut.last_mark(&run.log).is_some())
        .collect();
    let judged = Instant::now();
    let (versions, wrong) = judge_all(&run, &states, &area);
    let flushes = run
        .log
        .iter()
        .filter(|entry| **entry == Entry::Flush)
        .count();
    say(&format!(
        "power: {} states in {:.0?} after {CHANGES} changes in {} log entries with {flushes} flushes: {} wrong, by version {versions:?}",
        states.len(),
        judged.elapsed(),
        run.log.len(),
        wrong.len(),
    ));
    assert!(
        wrong.is_empty(),
        "{} wrong, such as {}",
        wrong.len(),
        wrong[0]
    );
    assert_eq!(versions.len(), run.settings.len(), "every version was seen");

    for cut in states.iter().step_by(states.len() / BOOTED).take(BOOTED) {
        let state = run.state(cut, &area);
        board
            .power_cycle(|card| card.disk().change(area.start, &state).unwrap())
            .unwrap();
        board.console().wait_until_up().unwrap();
        board.console().log_in().unwrap();
        let settings = guest_file(&board, SETTINGS);
        let allowed = run.allowed(cut);
        assert!(run.settings[allowed].contains(&settings), "{settings:?}");
    }
    // The judge can tell: a card that takes a flush for nothing loses what was acknowledged.
    let is_kept = |entry: &Entry| *entry != Entry::Flush;
    let run = Run {
        log: run.log.into_iter().filter(is_kept).collect(),
        ..run
    };
    let lying = cuts(&run.log, 1, TEAR, SEED).split_off(LATE);
    let (_, wrong) = judge_all(&run, &lying, &area);
    assert!(!wrong.is_empty(), "none of {} is wrong", lying.len());
}
