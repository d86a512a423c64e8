//! Which files may be used, and how, and whom a process may call by TCP (nobody, but for what fetches), by the kernel's
//! Landlock: a second wall, should the first have a hole.

use std::os::fd::AsFd;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathFdError, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

/// The newest that is asked for; an older kernel does what it can of it.
const NEWEST: ABI = ABI::V6;

/// Why there is no second wall.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    #[error("ask the kernel for Landlock")]
    Ruleset(#[from] RulesetError),
    #[error("name a folder")]
    Folder(#[from] PathFdError),
    #[error("this kernel has no Landlock")]
    Missing,
}

/// Below `data` everything can be read and written, device nodes can be used, `notes` can be written, the rest can be
/// read. Nobody outside can be sent a signal or called by TCP, and no port can be taken beside those that are. Holds for
/// the calling thread and for those that it starts from now on.
///
/// # Errors
/// The kernel cannot do this: there is one wall less.
pub fn keep_files(data: &Path, notes: &[&Path]) -> Result<(), FilesError> {
    let rules = everything()?
        .create()?
        .add_rules(below(&[data], files()))?
        .add_rules(below(&[Path::new("/dev")], nodes()))?
        .add_rules(below(
            &READ.map(Path::new),
            AccessFs::ReadFile | AccessFs::ReadDir,
        ))?
        .add_rules(below(notes, AccessFs::WriteFile | AccessFs::Truncate))?;
    restrict(rules)
}

/// No file but random numbers and no port: calls by TCP are all that a process that fetches is for. Holds as above.
///
/// # Errors
/// The kernel cannot do this: there is one wall less.
pub fn keep_nothing() -> Result<(), FilesError> {
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::BindTcp)?
        .scope(Scope::from_all(NEWEST))?;
    restrict(rules.create()?.add_rules(random())?)
}

/// Random numbers, and what the kernel tells of the links; no call to anybody by TCP, and no port of it. Holds as above.
///
/// # Errors
/// The kernel cannot do this: there is one wall less.
pub fn keep_links() -> Result<(), FilesError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let rules = everything()?.create()?.add_rules(random())?;
    restrict(rules.add_rules(below(&[Path::new("/sys")], read))?)
}

/// Where a static program reads them.
const RANDOM: [&str; 2] = ["/dev/random", "/dev/urandom"];

fn random() -> impl Iterator<Item = Result<landlock::PathBeneath<landlock::PathFd>, RulesetError>> {
    below(&RANDOM.map(Path::new), AccessFs::ReadFile.into())
}

/// The program that is become, its folder for sockets, and random numbers. No port, and nobody is called by TCP. Holds as above.
///
/// # Errors
/// The kernel cannot do this: there is one wall less.
pub fn keep_radio(program: impl AsFd, folder: &str) -> Result<(), FilesError> {
    let sockets = AccessFs::MakeSock
        | AccessFs::RemoveFile
        | AccessFs::ReadFile
        | AccessFs::WriteFile
        | AccessFs::ReadDir;
    let start = AccessFs::Execute | AccessFs::ReadFile;
    let rules = everything()?
        .create()?
        .add_rule(landlock::PathBeneath::new(program, start))?
        .add_rules(random())?
        .add_rules(below(&[Path::new(folder)], sockets))?;
    restrict(rules)
}

fn everything() -> Result<Ruleset, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))
}

fn restrict(rules: RulesetCreated) -> Result<(), FilesError> {
    match rules.restrict_self()?.ruleset {
        RulesetStatus::NotEnforced => Err(FilesError::Missing),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

/// What `serve` reads.
const READ: [&str; 4] = ["/sys", "/boot", "/run/farseat", "/usr/share/farseat"];

/// A folder that is not there needs no rule.
fn below(
    folders: &[&Path],
    access: BitFlags<AccessFs>,
) -> impl Iterator<Item = Result<landlock::PathBeneath<landlock::PathFd>, RulesetError>> + use<> {
    let folders: Vec<_> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    path_beneath_rules(folders, access)
}

/// Plain files and folders: no programs, no devices, no sockets.
fn files() -> BitFlags<AccessFs> {
    let never = AccessFs::Execute
        | AccessFs::MakeChar
        | AccessFs::MakeBlock
        | AccessFs::MakeSock
        | AccessFs::MakeFifo
        | AccessFs::IoctlDev;
    AccessFs::from_all(NEWEST) & !never
}

fn nodes() -> BitFlags<AccessFs> {
    AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::ReadDir | AccessFs::IoctlDev
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_data_folder_nothing_can_be_run_and_no_device_made() {
        let files = files();
        for never in [AccessFs::Execute, AccessFs::MakeBlock, AccessFs::MakeChar] {
            assert!(!files.contains(never), "{never:?}");
        }
        for always in [AccessFs::WriteFile, AccessFs::RemoveFile, AccessFs::MakeReg] {
            assert!(files.contains(always), "{always:?}");
        }
    }

    #[test]
    fn what_is_not_named_is_refused_from_then_on() {
        let data = tempfile::tempdir().expect("temporary folder");
        let folder = data.path().to_owned();
        // The rule is for this thread only.
        let tried = std::thread::spawn(move || {
            let kept = keep_files(&folder, &[&folder.join("last-words")]);
            std::fs::write(folder.join("settings"), "").expect("allowed");
            (kept, std::fs::read("/proc/version"))
        });
        let (kept, read) = tried.join().expect("no panic");
        // A kernel without Landlock tests nothing here; the lab's has it.
        if kept.is_ok() {
            let refused = read.expect_err("not named").kind();
            assert_eq!(refused, std::io::ErrorKind::PermissionDenied);
        }
    }

    #[test]
    fn nobody_is_called_by_tcp_and_no_port_taken_beside_those_that_are() {
        use std::net::{TcpListener, TcpStream};
        let page = TcpListener::bind("127.0.0.1:0").expect("listen");
        let at = page.local_addr().expect("bound");
        let data = tempfile::tempdir().expect("temporary folder");
        let folder = data.path().to_owned();
        let tried = std::thread::spawn(move || {
            let kept = keep_files(&folder, &[&folder.join("last-words")]);
            let others = TcpListener::bind("127.0.0.1:0").map(drop);
            (kept, others, TcpStream::connect(at).map(drop))
        });
        let (kept, others, called) = tried.join().expect("no panic");
        TcpStream::connect(at).expect("this thread may");
        page.accept().expect("it still listens");
        // A kernel without it tests nothing here; the lab's has it.
        let knows = landlock_knows_tcp();
        if kept.is_ok() && knows {
            for refused in [others, called] {
                let refused = refused.expect_err("refused").kind();
                assert_eq!(refused, std::io::ErrorKind::PermissionDenied);
            }
        }
    }

    /// Linux 6.7.
    fn landlock_knows_tcp() -> bool {
        use landlock::Compatible as _;
        let handled = Ruleset::default()
            .set_compatibility(landlock::CompatLevel::HardRequirement)
            .handle_access(AccessNet::ConnectTcp);
        handled.is_ok_and(|rules| rules.create().is_ok())
    }
}
