//! Memory and descriptors of process 1 and of the process that serves, from checkpoint to checkpoint.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use farseat_lab::target::Target;

/// Rounds before a process' baseline is taken: tables, logs and sessions grow to their bounds first.
const WARM_UP: u32 = 6;
/// What a process may have beyond its baseline, in KiB. An allocator keeps some of what a busy moment took.
const SLACK_KIB: u64 = 1024;
const SLACK_DESCRIPTORS: u64 = 4;
/// Connections that a lost network has left half open end by the server's own time limits.
const SETTLING: Duration = Duration::from_secs(90);

/// One process, as long as it lives.
#[derive(Debug, Default)]
struct Life {
    looks: u32,
    /// KiB, descriptors.
    baseline: [u64; 2],
    most: [u64; 2],
}

/// All that were seen, by name and number.
#[derive(Debug, Default)]
pub(super) struct Memory {
    lives: BTreeMap<(&'static str, i32), Life>,
}

impl Memory {
    /// Looks at both, again while one has more than it may: what has leaked does not go away.
    #[track_caller]
    pub(super) fn look(&mut self, target: &Target) {
        let serve = target.serve_process().unwrap().expect("serve runs");
        for (name, pid) in [("init", 1), ("serve", serve.pid)] {
            let life = self.lives.entry((name, pid)).or_default();
            let end = Instant::now() + SETTLING;
            while let Err(grown) =
                life.live_on([target.resident_kib(pid), descriptors(target, pid)])
            {
                assert!(Instant::now() < end, "{name} grows: {grown}");
            }
        }
    }
}

impl Life {
    fn live_on(&mut self, now: [u64; 2]) -> Result<(), String> {
        if self.looks < WARM_UP {
            self.looks += 1;
            self.baseline = [0, 1].map(|at| self.baseline[at].max(now[at]));
            return Ok(());
        }
        let [kib, descriptors] = now;
        if kib > self.baseline[0] + SLACK_KIB || descriptors > self.baseline[1] + SLACK_DESCRIPTORS
        {
            let Life {
                baseline, looks, ..
            } = self;
            return Err(format!(
                "{kib} KiB and {descriptors} descriptors; after {WARM_UP} rounds it had {baseline:?}, and this is its round {looks}"
            ));
        }
        self.looks += 1;
        self.most = [0, 1].map(|at| self.most[at].max(now[at]));
        Ok(())
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measured = self.lives.iter().filter(|(_, life)| life.looks > WARM_UP);
        for ((name, pid), life) in measured {
            let ([kib, descriptors], [most_kib, most_descriptors]) = (life.baseline, life.most);
            write!(
                out,
                "{name} ({pid}) {kib} KiB and {descriptors} descriptors after {WARM_UP} rounds, at most {most_kib} and \
                 {most_descriptors} in {} more; ",
                life.looks - WARM_UP
            )?;
        }
        Ok(())
    }
}

fn descriptors(target: &Target, pid: i32) -> u64 {
    target.list(&format!("/proc/{pid}/fd")).unwrap().len() as u64
}
