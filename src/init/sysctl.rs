//! What the kernel leaves open unless it is told at run time: the numbers below `/proc/sys` that no kernel option
//! sets. Called once by [`run`](super::run), before anything else is started or a link is raised.
//!
//! What an option can do is in `board/common/hardening.fragment`.

use std::io;
use std::path::{Path, PathBuf};

const ROOT: &str = "/proc/sys";

/// What to write where. A file that is not there belongs to something that the kernel was built without, which is
/// safer still; it counts as done.
const SETTINGS: [(&str, &str); 14] = [
    // Addresses of the kernel: nobody is told, not even root.
    ("kernel/kptr_restrict", "2"),
    ("kernel/dmesg_restrict", "1"),
    // Programs in the kernel, counters, another kernel: for nobody, should a kernel bring them.
    ("kernel/unprivileged_bpf_disabled", "1"),
    ("net/core/bpf_jit_harden", "2"),
    ("kernel/perf_event_paranoid", "3"),
    ("kernel/kexec_load_disabled", "1"),
    ("kernel/io_uring_disabled", "2"),
    ("user/max_user_namespaces", "0"),
    // Data in a connection's first packet: a way around the rule who may be called.
    ("net/ipv4/tcp_fastopen", "0"),
    // A program that changed its rights leaves no memory behind.
    ("fs/suid_dumpable", "0"),
    // Nobody makes another user's program follow his link or open his pipe.
    ("fs/protected_symlinks", "1"),
    ("fs/protected_hardlinks", "1"),
    ("fs/protected_fifos", "2"),
    ("fs/protected_regular", "2"),
];

/// The same for every link, and for `default`, which later ones begin with: no neighbour sends our packets another
/// way. The kernel asks each link for itself; `all` alone would not do.
const LINKS: [&str; 2] = ["net/ipv4/conf", "net/ipv6/conf"];
const OF_A_LINK: (&str, &str) = ("accept_redirects", "0");

/// Writes them all; says in words what failed.
pub(super) fn set_all() -> Vec<String> {
    set_below(Path::new(ROOT))
}

fn set_below(root: &Path) -> Vec<String> {
    let wanted = SETTINGS.map(|(name, value)| (root.join(name), value));
    let links = LINKS.iter().flat_map(|folder| entries(&root.join(folder)));
    let links = links.map(|link| (link.join(OF_A_LINK.0), OF_A_LINK.1));
    let set = |(path, value): (PathBuf, &str)| match write(&path, value) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Some(format!("write {value} to {}: {error}", path.display()))
        }
        _ => None,
    };
    wanted.into_iter().chain(links).filter_map(set).collect()
}

/// Nothing when there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    found.map(|entry| entry.path()).collect()
}

/// Never makes the file.
fn write(path: &Path, value: &str) -> io::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
    file.write_all(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_written_where_it_exists_and_what_is_missing_is_well() {
        let root = tempfile::tempdir().expect("temporary folder");
        let file = root.path().join("kernel/kptr_restrict");
        std::fs::create_dir(root.path().join("kernel")).expect("folder");
        std::fs::write(&file, "0").expect("file");
        assert_eq!(set_below(root.path()), Vec::<String>::new());
        assert_eq!(std::fs::read_to_string(&file).expect("read"), "2");
        assert!(!root.path().join("kernel/dmesg_restrict").exists());
    }

    #[test]
    fn what_cannot_be_written_is_told_by_name() {
        let root = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir_all(root.path().join("kernel/kptr_restrict")).expect("folder");
        let told = set_below(root.path());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("kernel/kptr_restrict"), "{told:?}");
    }

    #[test]
    fn every_link_is_told_and_so_are_those_that_come_later() {
        let root = tempfile::tempdir().expect("temporary folder");
        let file = |link: &str| {
            root.path()
                .join("net/ipv4/conf")
                .join(link)
                .join("accept_redirects")
        };
        for link in ["all", "default", "eth0"] {
            std::fs::create_dir_all(file(link).parent().expect("a folder")).expect("folder");
            std::fs::write(file(link), "1").expect("file");
        }
        assert_eq!(set_below(root.path()), Vec::<String>::new());
        for link in ["all", "default", "eth0"] {
            assert_eq!(
                std::fs::read_to_string(file(link)).expect("read"),
                "0",
                "{link}"
            );
        }
    }
}
