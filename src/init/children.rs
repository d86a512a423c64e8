//! Processes: starting `serve`, taking the end of children.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use rustix::process::{Pid as Process, Signal, WaitOptions, WaitStatus, kill_process, waitpid};

use super::supervisor::Pid;

/// A child that ended.
pub(super) struct Ended {
    pub(super) pid: Pid,
    /// In words, for the log.
    pub(super) how: String,
}

/// Starts this same binary as `serve`. Its end is taken by [`reap_one`], never by the handle
/// that is dropped here.
pub(super) fn start_serve() -> io::Result<Pid> {
    let child = Command::new("/proc/self/exe")
        .arg0("farseat")
        .args(["serve", "--network"])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(console())
        .stderr(console())
        .spawn()?;
    Ok(child.id())
}

/// The console, so that the log of `serve` stands beside the kernel's.
fn console() -> Stdio {
    File::options()
        .write(true)
        .open("/dev/console")
        .map_or_else(|_| Stdio::null(), Stdio::from)
}

/// Takes the end of one child, whichever it is; `None` when none has ended.
pub(super) fn reap_one() -> Option<Ended> {
    let (process, status) = waitpid(None, WaitOptions::NOHANG).ok()??;
    let pid = process.as_raw_nonzero().get().unsigned_abs();
    Some(Ended {
        pid,
        how: in_words(status),
    })
}

fn in_words(status: WaitStatus) -> String {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => format!("status {status:?}"),
    }
}

pub(super) fn terminate(pid: Pid) {
    signal(pid, Signal::TERM);
}

pub(super) fn kill(pid: Pid) {
    signal(pid, Signal::KILL);
}

/// A child that is gone already is what the signal was for.
fn signal(pid: Pid, signal: Signal) {
    if let Some(process) = i32::try_from(pid).ok().and_then(Process::from_raw) {
        let _ = kill_process(process, signal);
    }
}
