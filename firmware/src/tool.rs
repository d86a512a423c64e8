//! Runs the programs that make file systems, in a fixed environment, and says what they said when they fail.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("start {program}: is its package installed? (ci/setup)")]
    Start {
        program: String,
        #[source]
        source: io::Error,
    },
    #[error("{program} failed ({status}): {said}")]
    Failed {
        program: String,
        status: std::process::ExitStatus,
        said: String,
    },
}

/// A program that has not been started.
#[derive(Debug)]
pub struct Tool {
    program: String,
    command: Command,
}

impl Tool {
    /// Time zone, language and clock are the same on every machine. `epoch` is in seconds since 1970.
    #[must_use]
    pub fn new(program: &str, epoch: u64) -> Tool {
        let mut command = Command::new(program);
        command
            .env("TZ", "UTC")
            .env("LC_ALL", "C")
            .env("SOURCE_DATE_EPOCH", epoch.to_string())
            // What mke2fs before 1.47.1 has instead.
            .env("E2FSPROGS_FAKE_TIME", epoch.to_string())
            // No default of the machine's own.
            .env("MKE2FS_CONFIG", "/dev/null")
            .env("MTOOLSRC", "/dev/null")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Debian keeps mkfs.vfat and mke2fs where users do not look.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
        Tool {
            program: program.to_owned(),
            command,
        }
    }

    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Tool {
        self.command.arg(arg);
        self
    }

    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Tool {
        self.command.args(args);
        self
    }

    #[must_use]
    pub fn current_dir(mut self, folder: &Path) -> Tool {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end and returns what it printed.
    pub fn run(mut self) -> Result<Vec<u8>, Error> {
        let output = self.command.output();
        self.finish(output)
    }

    /// The same, with bytes at its standard input.
    pub fn run_with(mut self, input: &[u8]) -> Result<Vec<u8>, Error> {
        let output = self
            .command
            .stdin(Stdio::piped())
            .spawn()
            .and_then(|mut child| {
                let mut stdin = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
                // From a thread, because the program may fill its output before it has read everything. One that stops
                // reading says why itself.
                std::thread::scope(|scope| {
                    scope.spawn(move || stdin.write_all(input));
                    child.wait_with_output()
                })
            });
        self.finish(output)
    }

    fn finish(self, output: io::Result<Output>) -> Result<Vec<u8>, Error> {
        let output = output.map_err(|source| Error::Start {
            program: self.program.clone(),
            source,
        })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Error::Failed {
            program: self.program,
            status: output.status,
            said: said.trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_is_quoted() {
        let error = Tool::new("sh", 0)
            .args(["-c", "echo no room >&2; exit 3"])
            .run();
        let said = error.unwrap_err().to_string();
        assert!(said.contains("no room") && said.contains('3'), "{said}");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = Tool::new("no-such-program", 0).run().unwrap_err();
        assert!(error.to_string().contains("no-such-program"), "{error}");
    }

    #[test]
    fn more_than_a_pipe_holds_goes_through() {
        let input = vec![7; 1 << 20];
        assert_eq!(Tool::new("cat", 0).run_with(&input).unwrap(), input);
    }
}
