//! `farseat-lab boot-times`: measures boots in turn and prints the table of docs/performance.md.

use std::time::Duration;

use farseat_lab::boot_time::{self, TimeError};
use farseat_lab::card::Card;

/// A row of the table: one figure for each round.
struct Row {
    what: &'static str,
    times: Vec<Duration>,
}

impl Row {
    fn new(what: &'static str) -> Self {
        Self {
            what,
            times: Vec::new(),
        }
    }

    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort();
        times[times.len() / 2].as_secs_f64()
    }
}

/// Measures so many rounds and prints.
pub(crate) fn run(rounds: usize) -> Result<(), TimeError> {
    let card = Card::of_this_project()?;
    let mut bare = Row::new("a bare program answers");
    let mut first = Row::new("HTTPS answers, first boot of a fresh card");
    let mut later = Row::new("HTTPS answers, every later boot");
    let mut keyboard = Row::new("the target has found its keyboard");
    let mut picture = Row::new("the first picture, logging in included");
    let mut claimed = boot_time::claimed(&card)?;
    for round in 1..=rounds {
        eprintln!("boot: round {round} of {rounds}");
        bare.times.push(boot_time::bare(&card)?);
        let [fresh, known] = boot_time::appliance(&card)?;
        first.times.push(fresh);
        later.times.push(known);
        let seats = boot_time::seats(&mut claimed)?;
        keyboard.times.push(seats.keyboard);
        picture.times.push(seats.picture);
    }
    println!("| from the processor's start until | median | × bare | rounds |");
    println!("|---|---|---|---|");
    for row in [&bare, &first, &later, &keyboard, &picture] {
        let rounds: Vec<_> = row
            .times
            .iter()
            .map(|time| format!("{:.2}", time.as_secs_f64()))
            .collect();
        println!(
            "| {} | {:.2} s | {:.2} | {} |",
            row.what,
            row.median(),
            row.median() / bare.median(),
            rounds.join(" ")
        );
    }
    Ok(())
}
