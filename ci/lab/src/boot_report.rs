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

    /// The median, and the fastest: other work on the machine makes every round slower and none faster.
    fn figures(&self) -> [f64; 2] {
        let mut times = self.times.clone();
        times.sort();
        [times[times.len() / 2], times[0]].map(|time| time.as_secs_f64())
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
    for round in 1..=rounds {
        eprintln!("boot: round {round} of {rounds}");
        bare.times.push(boot_time::bare(&card)?);
        let [fresh, known] = boot_time::appliance(&card)?;
        first.times.push(fresh);
        later.times.push(known);
        // One board a round: three starts that are cut short are a reason to try the other slot.
        let seats = boot_time::seats(&mut boot_time::claimed(&card)?)?;
        keyboard.times.push(seats.keyboard);
        picture.times.push(seats.picture);
    }
    print(&[bare, first, later, keyboard, picture]);
    Ok(())
}

/// The first row is what the others are held against.
fn print(rows: &[Row]) {
    println!("| from the processor's start until | median | × bare | fastest | × bare | rounds |");
    println!("|---|---|---|---|---|---|");
    let [bare_median, bare_fastest] = rows[0].figures();
    for row in rows {
        let rounds: Vec<_> = row
            .times
            .iter()
            .map(|time| format!("{:.2}", time.as_secs_f64()))
            .collect();
        let [median, fastest] = row.figures();
        println!(
            "| {} | {median:.2} s | {:.2} | {fastest:.2} s | {:.2} | {} |",
            row.what,
            median / bare_median,
            fastest / bare_fastest,
            rounds.join(" ")
        );
    }
}
