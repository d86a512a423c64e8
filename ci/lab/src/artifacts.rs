//! What the machine is made of: the kernel, the appliance and the agent, built by the project's own scripts.
//!
//! Both scripts keep what is already built, so asking costs about a second when nothing changed; a process asks once.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::initramfs::Archive;

/// The machine could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// A script did not start.
    #[error("start {script}")]
    Start {
        script: &'static str,
        source: std::io::Error,
    },
    /// A script failed; its own words are on standard error.
    #[error("{script} failed")]
    Script { script: &'static str },
    /// What a script built is not there.
    #[error("read {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// The parts of a machine.
#[derive(Debug, Clone)]
pub struct Artifacts {
    /// The arm64 kernel image.
    pub kernel: PathBuf,
    appliance: PathBuf,
    agent: PathBuf,
    bare: PathBuf,
    bad: PathBuf,
    /// The folder of `ci/wpa`.
    wpa: PathBuf,
}

/// The repository.
#[must_use]
pub fn repository() -> &'static Path {
    // This crate lives in ci/lab.
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

impl Artifacts {
    /// Builds whatever is missing or out of date, when the process first asks: its machines are all of one build.
    ///
    /// # Errors
    /// Which script failed.
    pub fn build() -> Result<Self, ArtifactError> {
        static BUILT: Mutex<Option<Artifacts>> = Mutex::new(None);
        // Only whole ones are ever in there.
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(artifacts) = &*built {
            return Ok(artifacts.clone());
        }
        let artifacts = Self::run_scripts()?;
        *built = Some(artifacts.clone());
        Ok(artifacts)
    }

    fn run_scripts() -> Result<Self, ArtifactError> {
        let kernel = run("ci/kernel")?.into();
        let wpa = run("ci/wpa")?.into();
        let programs = repository().join(run("ci/cross")?);
        Ok(Self {
            kernel,
            appliance: programs.join("farseat"),
            agent: programs.join("farseat-lab-agent"),
            bare: programs.join("farseat-lab-bare"),
            bad: programs.join("farseat-lab-bad"),
            wpa,
        })
    }

    /// The appliance's root file system: the program and folders to mount on.
    ///
    /// # Errors
    /// A program is not there.
    pub fn root(&self) -> Result<Vec<u8>, ArtifactError> {
        let mut archive = Archive::default();
        for folder in ["dev", "proc", "sys", "run", "tmp", "data", "boot"] {
            archive.folder(folder);
        }
        archive.program("init", &read(&self.appliance)?);
        archive.program(
            "wpa_supplicant",
            &read(&self.wpa.join("root-virt/wpa_supplicant"))?,
        );
        for folder in ["lib", "lib/firmware"] {
            archive.folder(folder);
        }
        let countries = read(&self.wpa.join("root-virt/lib/firmware/regulatory.db"))?;
        archive.file("lib/firmware/regulatory.db", &countries);
        Ok(archive.finish())
    }

    /// What the lab lays over a root file system: the agent, and folders for its own mounts.
    ///
    /// # Errors
    /// A program is not there.
    pub fn agent(&self) -> Result<Vec<u8>, ArtifactError> {
        let mut archive = Archive::default();
        for folder in ["lab", "lab/config", "lab/dev", "lab/proc", "lab/sys"] {
            archive.folder(folder);
        }
        archive.program("lab-init", &read(&self.agent)?);
        archive.program("lab/hostapd", &read(&self.wpa.join("hostapd"))?);
        Ok(archive.finish())
    }

    /// What makes a root file system a bad one, behind it: `role` is one of `farseat-lab-bad`'s.
    ///
    /// # Errors
    /// A program is not there.
    pub fn bad(&self, role: &str) -> Result<Vec<u8>, ArtifactError> {
        let mut archive = Archive::default();
        archive.folder("bad-view");
        archive.file("bad", role.as_bytes());
        archive.program("init", &read(&self.bad)?);
        archive.program("farseat", &read(&self.appliance)?);
        Ok(archive.finish())
    }

    /// A root file system that only answers on the network.
    ///
    /// # Errors
    /// A program is not there.
    pub fn bare(&self) -> Result<Vec<u8>, ArtifactError> {
        let mut archive = Archive::default();
        archive.program("init", &read(&self.bare)?);
        Ok(archive.finish())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ArtifactError> {
    std::fs::read(path).map_err(|source| ArtifactError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Runs one of the project's scripts, with its arguments; the line that it prints.
pub(crate) fn run(script: &'static str) -> Result<String, ArtifactError> {
    let mut words = script.split(' ');
    let output = Command::new(repository().join(words.next().unwrap_or_default()))
        .args(words)
        .current_dir(repository())
        // `cargo test` sets variables for its children that would make another cargo build everything anew.
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| is_for_builds(name)))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| ArtifactError::Start { script, source })?;
    if !output.status.success() {
        return Err(ArtifactError::Script { script });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn is_for_builds(name: &OsStr) -> bool {
    const KEPT: [&str; 10] = [
        "PATH",
        "HOME",
        "TMPDIR",
        "XDG_CACHE_HOME",
        "CARGO_HOME",
        "CARGO_INCREMENTAL",
        "CARGO_TARGET_DIR",
        "RUSTUP_HOME",
        "CARGO_NET_OFFLINE",
        "LIBCLANG_PATH",
    ];
    KEPT.iter().any(|kept| name == OsStr::new(kept))
        || name.to_string_lossy().to_lowercase().ends_with("_proxy")
}
