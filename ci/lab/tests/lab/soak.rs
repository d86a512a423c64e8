//! A long time of random input and random trouble: no key stays down, the next word arrives, memory stays as it was.
//!
//! The plan is [`farseat_lab::soak`]'s. Two minutes of a seed that never changes; `FARSEAT_SOAK_MINUTES=60` for an hour of
//! another one each time, and `FARSEAT_SOAK_SEED` for one that was printed.

mod carry_out;
mod checkpoint;
mod memory;

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use farseat_lab::soak::{Plan, Round};

use self::carry_out::Soak;
use self::memory::Memory;
use crate::lab;

const MINUTES: u64 = 2;
const SEED: u64 = 6;

/// What came, and how often.
type Counts = BTreeMap<String, u32>;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}: a number, please, not {text:?}")),
    )
}

fn say(text: &str) {
    farseat_lab::say(&format!("soak: {text}"));
}

#[test]
fn after_every_round_of_a_soak_nothing_is_held_and_a_word_arrives() {
    let minutes = number("FARSEAT_SOAK_MINUTES");
    let another = || {
        SystemTime::UNIX_EPOCH
            .elapsed()
            .expect("after 1970")
            .as_secs()
    };
    let seed = number("FARSEAT_SOAK_SEED").unwrap_or_else(|| minutes.map_or(SEED, |_| another()));
    let length = Duration::from_secs(60 * minutes.unwrap_or(MINUTES));
    say(&format!("{} s of seed {seed}", length.as_secs()));
    let mut lab = lab();
    let mut soak = Soak::begin(&mut lab);
    let mut memory = Memory::default();
    let begun = Instant::now();
    let mut report = begun;
    for round in Plan::new(seed) {
        run(&mut soak, &mut memory, &round);
        if report.elapsed() >= Duration::from_secs(300) {
            report = Instant::now();
            say(&format!("{} rounds; {memory}", round.number + 1));
        }
        if begun.elapsed() >= length {
            break;
        }
    }
    let counts: Vec<_> = soak
        .counts
        .iter()
        .map(|(what, count)| format!("{what} {count}"))
        .collect();
    say(&format!(
        "0 stuck keys in {} s: {}",
        begun.elapsed().as_secs(),
        counts.join(", ")
    ));
    say(&memory.to_string());
}

fn run(soak: &mut Soak<'_>, memory: &mut Memory, round: &Round) {
    // Shown when the test fails: the last line is where.
    println!("{round:?}");
    for step in &round.steps {
        soak.step(step);
    }
    soak.leave(round.ending);
    soak.checkpoint(&round.words);
    memory.look(soak.target());
}
