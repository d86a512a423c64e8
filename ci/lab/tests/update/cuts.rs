//! The power goes during an update: whatever the card then holds, a whole system starts from it, and what init makes of
//! it does too.
//!
//! One whole update is recorded, from the first byte to the commit, with every write and flush of the card. Each state
//! that the card could have been left in at any moment is judged from outside; some are booted.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use farseat_firmware::slot::Slot::{A, B};
use farseat_firmware::slot::bundle::BLOCK;
use farseat_firmware::slot::state::Status;
use farseat_lab::card::Card;
use farseat_lab::card::board::Board;
use farseat_lab::card::cut::{Cut, Entry, Tear, cuts};
use farseat_lab::card::judge::{Judge, Outcome};
use farseat_lab::card::release::Release;

use crate::{card, is_full, noise, power_on, say};

const SEED: u64 = 0x5eed_0004;
/// So many states have to be judged.
const STATES: usize = 10_000;
/// And so many of them booted, in a quick and in a full run.
const BOOTED: [usize; 2] = [3, 100];

struct Run {
    /// The card before the first write.
    before: Card,
    log: Vec<Entry>,
    /// What slots may have: the old system, the new one.
    systems: Vec<Vec<u8>>,
    after: Board,
}

/// A card whose slot B has nothing that the new system could use: every block is written.
fn record() -> Run {
    let card = card();
    let [a, b] = [A, B].map(|slot| card.disk().partition(slot.partition().into()));
    card.disk().change(b.start, &noise(48 << 20)).unwrap();
    let bundle = Release::of(&card, "0.1.1")
        .with("more.bin", &noise(1 << 20))
        .bundle();
    let mut board = power_on("update-cuts", &card);
    board.wait_well();
    board.console();
    let before = Card::copy_of(&card.disk().path()).unwrap();
    let state = card.state().unwrap();
    let old = a.start..a.start + state.slot(A).image.size;
    card.disk().record();
    let answer = board.console().upload(&bundle.bytes, 0, true).unwrap();
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    board.wait_reset().unwrap();
    board.wait_state(|state| (state.primary, state.slot(B).status) == (B, Status::Good));
    Run {
        systems: vec![before.disk().content(old).unwrap(), bundle.image],
        before,
        log: card.disk().take_log(),
        after: board,
    }
}

/// Judges every state on all processors; how many came out how, and what was wrong.
fn judge_all(run: &Run, log: &[Entry], cuts: &[Cut]) -> (BTreeMap<Outcome, usize>, Vec<String>) {
    let judge = Judge::new(run.before.disk(), log, &run.systems);
    let outcomes = Mutex::new(BTreeMap::new());
    let wrong = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (judge, outcomes, wrong) = (&judge, &outcomes, &wrong);
            scope.spawn(move || {
                for cut in cuts.iter().skip(thread).step_by(threads) {
                    match judge.judge(cut) {
                        Ok(outcome) => *outcomes.lock().unwrap().entry(outcome).or_default() += 1,
                        Err(problem) => {
                            let at = cut.happened;
                            wrong
                                .lock()
                                .unwrap()
                                .push(format!("after {at} entries: {problem}"));
                        }
                    }
                }
            });
        }
    });
    (outcomes.into_inner().unwrap(), wrong.into_inner().unwrap())
}

fn writes(log: &[Entry]) -> usize {
    let is_write = |entry: &&Entry| matches!(entry, Entry::Write { .. });
    log.iter().filter(is_write).count()
}

#[test]
fn a_whole_system_starts_whenever_the_power_goes() {
    let mut run = record();
    let log = std::mem::take(&mut run.log);
    let blocks = run.systems[1].len().div_ceil(BLOCK);
    assert!(writes(&log) >= blocks, "every block was written");
    let states = cuts(&log, STATES / writes(&log) + 3, Tear::Anywhere, SEED);
    assert!(states.len() >= STATES, "only {}", states.len());
    let judged = Instant::now();
    let (outcomes, wrong) = judge_all(&run, &log, &states);
    let flushes = log.iter().filter(|entry| **entry == Entry::Flush).count();
    say(&format!(
        "cuts: {} states of an update with {} writes and {flushes} flushes in {:.0?}: {} wrong",
        states.len(),
        writes(&log),
        judged.elapsed(),
        wrong.len()
    ));
    for (outcome, number) in &outcomes {
        say(&format!("cuts: {number} × {outcome:?}"));
    }
    assert!(
        wrong.is_empty(),
        "{} wrong, such as {}",
        wrong.len(),
        wrong[0]
    );
    let starts = |system| outcomes.keys().any(|outcome| outcome.starts == system);
    assert!(starts(0) && starts(1), "both systems were seen to start");

    let booted = BOOTED[usize::from(is_full())];
    for cut in states.iter().step_by(states.len() / booted).take(booted) {
        let card = Card::copy_of(&run.before.disk().path()).unwrap();
        cut.replay(&log, |at, bytes| card.disk().change(at, bytes).unwrap());
        let board = power_on("update-cut", &card);
        board.wait_init("serve answers");
    }

    // The judge can tell: a card that takes a flush for nothing starts what is not whole.
    let lying: Vec<Entry> = log
        .iter()
        .filter(|entry| **entry != Entry::Flush)
        .cloned()
        .collect();
    let late = cuts(&lying, 3, Tear::Anywhere, SEED).into_iter();
    let late: Vec<Cut> = late.filter(|cut| cut.happened > lying.len() / 2).collect();
    let (_, wrong) = judge_all(&run, &lying, &late);
    assert!(!wrong.is_empty(), "none of {} is wrong", late.len());
    drop(run.after);
}
