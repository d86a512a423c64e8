//! The processes of the guest.

use farseat_lab_agent::Command;

use crate::target::{Target, TargetError};

const SIGKILL: i32 = 9;

/// A process of the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its parent's number.
    pub parent: i32,
    /// The file it runs.
    pub program: String,
    /// Its arguments after the program's name.
    pub arguments: Vec<String>,
}

impl Target {
    /// Every process that runs a program.
    ///
    /// # Errors
    /// The agent's words.
    pub fn processes(&self) -> Result<Vec<Process>, TargetError> {
        let pids = self
            .list("/proc")?
            .into_iter()
            .filter_map(|name| name.parse().ok());
        // A process that ends while we look, and a kernel thread, have no program.
        Ok(pids.filter_map(|pid| self.process(pid)).collect())
    }

    fn process(&self, pid: i32) -> Option<Process> {
        let program = self.link(&format!("/proc/{pid}/exe")).ok()?;
        let stat = self.read(&format!("/proc/{pid}/stat")).ok()?;
        // The name in brackets may contain anything, so count from its end: state, parent.
        let parent = stat
            .rsplit_once(')')?
            .1
            .split_whitespace()
            .nth(1)?
            .parse()
            .ok()?;
        let line = self.read(&format!("/proc/{pid}/cmdline")).ok()?;
        let arguments = line
            .trim_end_matches('\0')
            .split('\0')
            .skip(1)
            .map(str::to_owned)
            .collect();
        Some(Process {
            pid,
            parent,
            program,
            arguments,
        })
    }

    /// The process that serves, if it runs.
    ///
    /// # Errors
    /// The agent's words.
    pub fn serve_process(&self) -> Result<Option<Process>, TargetError> {
        self.in_role("serve")
    }

    /// The appliance's process in this role, if there is one.
    ///
    /// # Errors
    /// The agent's words.
    pub fn in_role(&self, role: &str) -> Result<Option<Process>, TargetError> {
        let plays = |process: &Process| {
            process.pid != 1 && process.arguments.first().is_some_and(|word| word == role)
        };
        Ok(self.processes()?.into_iter().find(plays))
    }

    /// Ends a process as a crash would.
    ///
    /// # Errors
    /// It is not there.
    pub fn kill(&self, pid: i32) -> Result<(), TargetError> {
        self.ask(Command::Signal {
            pid,
            signal: SIGKILL,
        })
        .map(|_| ())
    }

    /// How much memory of its own and of files a process has now, in KiB.
    #[track_caller]
    pub fn resident_kib(&self, pid: i32) -> u64 {
        let status = match self.read(&format!("/proc/{pid}/status")) {
            Ok(status) => status,
            Err(error) => panic!("{error}"),
        };
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect("a process that runs a program has memory")
    }

    /// Where a symbolic link of the guest points.
    ///
    /// # Errors
    /// The agent's words.
    pub fn link(&self, path: &str) -> Result<String, TargetError> {
        self.ask(Command::Link { path: path.into() })
    }

    /// Runs a program in the guest to its end; its exit code and what it printed.
    ///
    /// # Errors
    /// It does not start.
    pub fn run(&self, argv: &[&str]) -> Result<(String, String), TargetError> {
        let answer = self.ask(Command::Run {
            argv: argv.iter().map(ToString::to_string).collect(),
        })?;
        let (code, output) = answer.split_once('\n').unwrap_or((&answer, ""));
        Ok((code.to_owned(), output.to_owned()))
    }
}
