//! Which files `serve` may use, and how, by the kernel's Landlock: a second wall, should the first have a hole.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, BitFlags, PathFdError, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
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

/// Below `data` everything can be read and written, device nodes can be used, `last_words` can be written, the rest can be
/// read. Nobody outside can be sent a signal. Holds for the calling thread and for those that it starts from now on.
///
/// # Errors
/// The kernel cannot do this: there is one wall less.
pub fn keep_files(data: &Path, last_words: &Path) -> Result<(), FilesError> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(below(&[data], files()))?
        .add_rules(below(&[Path::new("/dev")], nodes()))?
        .add_rules(below(
            &READ.map(Path::new),
            AccessFs::ReadFile | AccessFs::ReadDir,
        ))?
        .add_rules(below(
            &[last_words],
            AccessFs::WriteFile | AccessFs::Truncate,
        ))?
        .restrict_self()?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err(FilesError::Missing),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

const READ: [&str; 4] = ["/sys", "/boot", "/run/farseat", "/usr/share/farseat"];

/// A folder that is not there needs no rule.
fn below(
    folders: &[&Path],
    access: BitFlags<AccessFs>,
) -> impl Iterator<Item = Result<landlock::PathBeneath<landlock::PathFd>, RulesetError>> {
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
            let kept = keep_files(&folder, &folder.join("last-words"));
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
}
