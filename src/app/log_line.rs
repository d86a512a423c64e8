//! Log lines go to standard error, and into the journal for the page; `RUST_LOG` says which.

use std::io::Write as _;

use crate::journal::Journal;

/// Starts the log. The libraries below us speak only when something is wrong.
pub(super) fn start() -> Journal {
    let journal = Journal::default();
    let kept = journal.clone();
    let filter = env_logger::Env::default().default_filter_or("warn,farseat=info");
    env_logger::Builder::from_env(filter)
        .format(move |line, record| {
            let module = record.target().trim_start_matches("farseat::");
            let text = record.args().to_string();
            kept.add(record.level(), module, &text);
            writeln!(line, "{} {module}: {text}", record.level())
        })
        .init();
    journal
}
