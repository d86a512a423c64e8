//! Whose the data folder is: all of it `serve`'s. Cards of before there was such a user, and what a preseed has just
//! written, are root's until here.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::path::Path;

/// Folders within folders; `serve` makes two.
const DEPTH: usize = 8;

/// Gives the folder and everything in it away; says in words what failed.
pub(super) fn give(folder: &Path, user: u32) -> Vec<String> {
    let mut failures = Vec::new();
    give_tree(folder, user, DEPTH, &mut failures);
    failures
}

fn give_tree(path: &Path, user: u32, depth: usize, failures: &mut Vec<String>) {
    let Ok(about) = fs::symlink_metadata(path) else {
        return;
    };
    // A link is given, and never followed.
    if (about.uid(), about.gid()) != (user, user)
        && let Err(error) = lchown(path, Some(user), Some(user))
    {
        failures.push(format!("give {} to serve: {error}", path.display()));
    }
    if about.is_dir() && depth > 0 {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            give_tree(&entry.path(), user, depth - 1, failures);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_already_is_left_alone_and_links_lead_nowhere() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let us = fs::metadata(folder.path()).expect("made").uid();
        fs::create_dir(folder.path().join("deep")).expect("folder");
        fs::write(folder.path().join("deep/file"), "").expect("file");
        std::os::unix::fs::symlink("/", folder.path().join("link")).expect("link");
        assert_eq!(give(folder.path(), us), Vec::<String>::new());
        assert_eq!(give(Path::new("/nowhere"), us), Vec::<String>::new());
    }
}
