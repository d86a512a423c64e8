//! Log lines go to standard error; `RUST_LOG` says which.

use std::io::Write as _;

/// Starts the log. The libraries below us speak only when something is wrong.
pub(super) fn start() {
    let filter = env_logger::Env::default().default_filter_or("warn,farseat=info");
    env_logger::Builder::from_env(filter)
        .format(|line, record| {
            let module = record.target().trim_start_matches("farseat::");
            writeln!(line, "{} {module}: {}", record.level(), record.args())
        })
        .init();
}
