//! Processes: starting `serve`, taking the end of children.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid as Process, PidfdFlags, Signal, WaitOptions, WaitStatus, kill_process, pidfd_open, waitpid,
};

use super::ears::timespec;
use super::supervisor::Pid;
use crate::sys::pass;

/// A child that ended.
pub(super) struct Ended {
    pub(super) pid: Pid,
    /// In words, for the log.
    pub(super) how: String,
    pub(super) code: Option<i32>,
}

/// Starts this same binary as `serve`, and holds the other end of its line: what `serve` has as
/// standard input. Its end is taken by [`reap_one`], never by the handle that is dropped here.
pub(super) fn start_serve() -> io::Result<(Pid, OwnedFd)> {
    let (line, its_end) = pass::pair()?;
    let child = Command::new("/proc/self/exe")
        .arg0("farseat")
        .args(["serve", "--network", "--supervised"])
        .current_dir("/")
        .stdin(its_end)
        .stdout(console())
        .stderr(console())
        .spawn()?;
    Ok((child.id(), line))
}

/// Starts this same binary for one errand. Its end is taken by [`reap_one`].
pub(super) fn start_errand(packet: &[u8]) -> io::Result<Pid> {
    let child = role(&["errand", &hexadecimal(packet)]).spawn()?;
    Ok(child.id())
}

/// Starts this same binary to go out for `serve`, and holds the other end of its line.
pub(super) fn start_envoy(word: &str) -> io::Result<(Pid, OwnedFd)> {
    let (line, its_end) = pass::pair()?;
    let child = role(&[word]).stdin(its_end).spawn()?;
    Ok((child.id(), line))
}

/// Starts this same binary to become what joins wireless networks, by this link. Its end is taken by [`reap_one`].
pub(super) fn start_radio(link: &str) -> io::Result<Pid> {
    Ok(role(&["radio", link]).spawn()?.id())
}

fn hexadecimal(packet: &[u8]) -> String {
    packet.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs this same binary in another role, to its end or for at most `limit`.
pub(super) fn run_for(arguments: &[&str], limit: Duration) -> Result<(), String> {
    wait_for(role(arguments), limit)
}

/// This same binary in another role.
fn role(arguments: &[&str]) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command
        .arg0("farseat")
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(console())
        .stderr(console());
    command
}

fn wait_for(mut command: Command, limit: Duration) -> Result<(), String> {
    let mut child = command.spawn().map_err(|error| format!("start: {error}"))?;
    let in_time = ends_within(&child, limit).unwrap_or(false);
    if !in_time {
        // It may have ended just now.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("wait: {error}"))?;
    match (in_time, status.success()) {
        (true, true) => Ok(()),
        (true, false) => Err(status.to_string()),
        (false, _) => Err(format!("not done after {} s", limit.as_secs())),
    }
}

fn ends_within(child: &Child, limit: Duration) -> io::Result<bool> {
    let process = Process::from_child(child);
    let descriptor = pidfd_open(process, PidfdFlags::empty())?;
    let mut polled = [PollFd::new(&descriptor, PollFlags::IN)];
    Ok(poll(&mut polled, Some(&timespec(limit)))? > 0)
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
        code: status.exit_status(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_ends_in_time_is_judged_by_its_exit() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            wait_for(command, Duration::from_secs(60))
        };
        assert_eq!(shell("exit 0"), Ok(()));
        assert_eq!(shell("exit 3"), Err("exit status: 3".to_owned()));
    }

    #[test]
    fn a_child_that_does_not_end_is_killed() {
        let mut command = Command::new("cat");
        command.stdin(Stdio::piped());
        assert_eq!(
            wait_for(command, Duration::ZERO),
            Err("not done after 0 s".to_owned())
        );
    }
}
