//! A release that is no good, for the tests of the way back: as process 1 it does what the file `/bad` names.
//!
//! | role | what happens |
//! |---|---|
//! | `exits` | process 1 ends, and the kernel panics |
//! | `hangs` | the watchdog is armed and never petted |
//! | `eats` | the appliance runs beside a child that takes all memory and cannot be killed for it |

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::mount::{MountFlags, mount};

const ROLE: &str = "/bad";
/// Where this program is.
const OWN: &str = "/init";
const APPLIANCE: &str = "/farseat";
/// The kernel's file systems, out of the appliance's way.
const FOLDER: &str = "/bad-view";
/// Taken at once; small enough that the last bit is taken too.
const BITE: usize = 1 << 20;

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "eat") {
        return told(eat());
    }
    if std::process::id() != 1 {
        eprintln!("this is for process 1 of a virtual machine");
        return ExitCode::FAILURE;
    }
    match fs::read_to_string(ROLE).unwrap_or_default().trim() {
        "hangs" => told(hang()),
        "eats" => told(appear()),
        _ => ExitCode::FAILURE,
    }
}

fn told(done: io::Result<()>) -> ExitCode {
    if let Err(error) = done {
        eprintln!("bad release: {error}");
    }
    ExitCode::FAILURE
}

fn view(kind: &str) -> io::Result<()> {
    Ok(mount(kind, FOLDER, kind, MountFlags::empty(), None)?)
}

fn hang() -> io::Result<()> {
    view("devtmpfs")?;
    let _armed = OpenOptions::new()
        .write(true)
        .open(format!("{FOLDER}/watchdog0"))?;
    loop {
        std::thread::park();
    }
}

fn appear() -> io::Result<()> {
    Command::new(OWN).arg("eat").spawn()?;
    Err(Command::new(APPLIANCE).exec())
}

fn eat() -> io::Result<()> {
    view("proc")?;
    fs::write(format!("{FOLDER}/self/oom_score_adj"), "-1000")?;
    let mut eaten = Vec::new();
    loop {
        // Zeros would cost nothing.
        eaten.push(vec![1_u8; BITE]);
    }
}
