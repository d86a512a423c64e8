//! PID 1: the whole story of a boot, in the order in which it happens.
//!
//! ```text
//! kernel ─▶ mount ─▶ raise links ─▶ data folder ─▶ watchdog ─▶ supervise `serve` ─▶ stop it ─▶ reboot or power off
//! ```
//!
//! Called by `main` when the process is number 1, and refuses to be any other. Uses std, rustix and
//! the numbers of libc only, has one thread, listens on nothing and reads nothing from the network. A step that fails
//! is told to the kernel's log and the boot goes on: a device without a picture or an address
//! can still say what is wrong, a kernel panic cannot.

mod children;
mod klog;
mod links;
mod mounts;
mod shutdown;
mod supervisor;
mod watchdog;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::sys::{signal_mask::SignalSet, signal_wait};
use klog::Log;
use shutdown::Order;
use supervisor::{Step, Supervisor};
use watchdog::Watchdog;

/// The longest that init waits without looking up.
const IDLE: Duration = Duration::from_secs(60);

/// What init listens to: a child ended; BusyBox's signals for reboot and power off; Ctrl-Alt-Del.
const SIGNALS: [i32; 5] = [
    libc::SIGCHLD,
    libc::SIGTERM,
    libc::SIGINT,
    libc::SIGUSR1,
    libc::SIGUSR2,
];

/// Boots the machine; returns only when it refuses to.
pub fn run() -> ExitCode {
    let process = std::process::id();
    if process != 1 {
        eprintln!(
            "farseat: init is the role of process 1, and this is process {process}; try `farseat serve`"
        );
        return ExitCode::from(2);
    }
    let mounted = mounts::mount_all();
    let log = Log::open();
    log.say(&format!(
        "farseat {} starts as init",
        env!("CARGO_PKG_VERSION")
    ));
    log.failures(mounted);
    log.failures(links::raise_all());
    match mounts::prepare_data() {
        Ok(sentence) => log.say(sentence),
        Err(failure) => log.fail(&failure),
    }
    shutdown::take_ctrl_alt_del(&log);
    let watchdog = Watchdog::open();
    log.say(if watchdog.is_some() {
        "the watchdog is armed"
    } else {
        "no watchdog"
    });
    let order = supervise(&log, watchdog);
    shutdown::carry_out(order, &log)
}

/// Keeps `serve` running until somebody orders the end.
fn supervise(log: &Log, mut watchdog: Option<Watchdog>) -> Order {
    let signals = block_signals(log);
    let boot = Instant::now();
    let mut supervisor = Supervisor::new();
    let mut order = Order::Reboot;
    loop {
        let now = boot.elapsed();
        let wait = match supervisor.step(now) {
            Step::Start => {
                start_serve(&mut supervisor, now, log);
                continue;
            }
            Step::Kill(pid) => {
                log.say("serve does not stop: killing it");
                children::kill(pid);
                IDLE
            }
            Step::Wait(until) => until.map_or(IDLE, |until| until.saturating_sub(now)),
            Step::Done => return order,
        };
        let petted = watchdog.as_mut().map_or(IDLE, |watchdog| watchdog.pet(now));
        match next_signal(signals.as_ref(), wait.min(petted)).and_then(Order::from_signal) {
            Some(ordered) => {
                order = ordered;
                log.say(order.sentence());
                if let Some(pid) = supervisor.stop(boot.elapsed()) {
                    children::terminate(pid);
                }
            }
            None => reap(&mut supervisor, boot.elapsed(), log),
        }
    }
}

fn start_serve(supervisor: &mut Supervisor, now: Duration, log: &Log) {
    match children::start_serve() {
        Ok(pid) => {
            log.say(&format!("serve runs as process {pid}"));
            supervisor.started(pid, now);
        }
        Err(error) => {
            log.fail(&format!("start serve: {error}"));
            supervisor.failed(now);
        }
    }
}

/// Takes the end of every child: of `serve`, and of orphans that the kernel gave to init.
fn reap(supervisor: &mut Supervisor, now: Duration, log: &Log) {
    while let Some(ended) = children::reap_one() {
        if supervisor.exited(ended.pid, now) {
            log.fail(&format!("serve ended: {}", ended.how));
        }
    }
}

fn block_signals(log: &Log) -> Option<SignalSet> {
    let blocked = SignalSet::of(&SIGNALS).and_then(|set| set.block().map(|()| set));
    blocked
        .inspect_err(|error| log.fail(&format!("block signals: {error}")))
        .ok()
}

/// Without signals children are reaped, and orders go unheard, four times a second: the fall-back
/// for a kernel that refuses the wait.
fn next_signal(signals: Option<&SignalSet>, timeout: Duration) -> Option<i32> {
    let waited = signals.map(|signals| signal_wait::wait(signals, timeout));
    match waited {
        Some(Ok(signal)) => signal,
        Some(Err(_)) | None => {
            std::thread::sleep(timeout.min(Duration::from_millis(250)));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn init_refuses_to_be_any_other_process() {
        assert_ne!(std::process::id(), 1);
        assert_eq!(run(), ExitCode::from(2));
    }
}
