//! What a process costs, from /proc.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The shim's thread inside the measured process (`PR_SET_NAME` in `shim.c`); a real device has none.
const SHIM_THREAD: &str = "shim";

#[derive(Debug, thiserror::Error)]
#[error("read {}", path.display())]
pub(crate) struct ProcessError {
    path: PathBuf,
    source: std::io::Error,
}

/// CPU time that the living threads of a process have had, without the shim's.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration, ProcessError> {
    let folder = PathBuf::from(format!("/proc/{pid}/task"));
    let threads = fs::read_dir(&folder).map_err(|source| ProcessError {
        path: folder,
        source,
    })?;
    let time = |thread: &Path| -> Option<u64> {
        // A thread may end while we look.
        let name = fs::read_to_string(thread.join("comm")).ok()?;
        let schedule = fs::read_to_string(thread.join("schedstat")).ok()?;
        if name.trim_end() == SHIM_THREAD {
            None
        } else {
            run_time(&schedule)
        }
    };
    Ok(Duration::from_nanos(
        threads
            .flatten()
            .filter_map(|thread| time(&thread.path()))
            .sum(),
    ))
}

/// Resident memory in megabytes (10^6 bytes).
pub(crate) fn resident_megabytes(pid: u32) -> Result<f64, ProcessError> {
    let path = PathBuf::from(format!("/proc/{pid}/status"));
    let status = fs::read_to_string(&path).map_err(|source| ProcessError { path, source })?;
    Ok(resident(&status).unwrap_or(f64::NAN))
}

/// The first number of `schedstat`: nanoseconds on a processor (Documentation/scheduler/sched-stats).
fn run_time(schedule: &str) -> Option<u64> {
    schedule.split_whitespace().next()?.parse().ok()
}

fn resident(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_found_in_the_status() {
        assert_eq!(
            resident("VmHWM:\t 9999 kB\nVmRSS:\t  20000 kB\n"),
            Some(20.48)
        );
        assert_eq!(resident("Name:\tkthreadd\n"), None);
    }

    #[test]
    fn run_time_is_the_first_number() {
        assert_eq!(run_time("123456 789 3\n"), Some(123_456));
        assert_eq!(run_time(""), None);
    }

    #[test]
    fn a_busy_process_has_had_cpu_time() {
        let me = std::process::id();
        assert!(cpu_time(me).expect("we have a /proc entry") > Duration::ZERO);
        assert!(resident_megabytes(me).expect("we have a /proc entry") > 0.1);
    }
}
