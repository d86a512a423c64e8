//! The file systems that the kernel offers, the read-only root, and the data folder.

use std::fs;

use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change, mount_remount};

struct Mount {
    kind: &'static str,
    folder: &'static str,
    flags: MountFlags,
}

pub(super) const PLAIN: MountFlags = MountFlags::NOSUID
    .union(MountFlags::NODEV)
    .union(MountFlags::NOEXEC);

const MOUNTS: [Mount; 8] = [
    Mount {
        kind: "proc",
        folder: "/proc",
        flags: PLAIN,
    },
    Mount {
        kind: "sysfs",
        folder: "/sys",
        flags: PLAIN,
    },
    // The kernel makes and removes the device nodes by itself.
    Mount {
        kind: "devtmpfs",
        folder: "/dev",
        flags: MountFlags::NOSUID.union(MountFlags::NOEXEC),
    },
    // The security modules tell here how they stand.
    Mount {
        kind: "securityfs",
        folder: "/sys/kernel/security",
        flags: PLAIN,
    },
    // Limits for `serve`.
    Mount {
        kind: "cgroup2",
        folder: "/sys/fs/cgroup",
        flags: PLAIN,
    },
    // The USB gadget is described here.
    Mount {
        kind: "configfs",
        folder: "/sys/kernel/config",
        flags: PLAIN,
    },
    Mount {
        kind: "tmpfs",
        folder: "/run",
        flags: PLAIN,
    },
    Mount {
        kind: "tmpfs",
        folder: "/tmp",
        flags: PLAIN,
    },
];

pub(super) const DATA: &str = "/data";

/// Mounts all of them; says in words what failed.
pub(super) fn mount_all() -> Vec<String> {
    let mut failures: Vec<String> = MOUNTS
        .iter()
        .filter_map(|mount| attempt(mount).err())
        .collect();
    // What is mounted later, `serve` sees too, at its own places for it.
    let shared = mount_change("/", MountPropagationFlags::SHARED);
    failures.extend(
        shared
            .err()
            .map(|error| format!("share the mounts: {error}")),
    );
    failures
}

/// Whether an earlier stage has put something there.
pub(super) fn data_is_mounted() -> bool {
    is_mounted_now(DATA)
}

/// Whether something is mounted on a folder.
pub(super) fn is_mounted_now(folder: &str) -> bool {
    is_mounted(&mounted_now(), folder)
}

/// The data folder of last resort.
pub(super) fn data_in_memory() -> Result<(), String> {
    attempt(&Mount {
        kind: "tmpfs",
        folder: DATA,
        flags: PLAIN,
    })
}

/// From now on nothing on the root file system changes: everything that is written goes to one of
/// the mounts above or to the data folder. Says in words what failed.
pub(super) fn seal_root() -> Result<(), String> {
    mount_remount("/", MountFlags::RDONLY, "")
        .map_err(|error| format!("make the root file system read-only: {error}"))
}

fn attempt(wanted: &Mount) -> Result<(), String> {
    let Mount {
        kind,
        folder,
        flags,
    } = wanted;
    // Mounting twice would hide what an earlier stage has put there.
    if is_mounted_now(folder) {
        return Ok(());
    }
    // The folder may exist, and sysfs makes its own: the mount says what is wrong.
    let _ = fs::create_dir_all(folder);
    match mount(*kind, *folder, *kind, *flags, None) {
        // Somebody (the kernel, an earlier stage) was faster.
        Ok(()) | Err(Errno::BUSY) => Ok(()),
        Err(error) => Err(format!("mount {kind} on {folder}: {error}")),
    }
}

/// Empty before /proc is there.
fn mounted_now() -> String {
    fs::read_to_string("/proc/self/mounts").unwrap_or_default()
}

/// Reads the format of /proc/mounts: source, folder, kind, flags.
fn is_mounted(mounts: &str, folder: &str) -> bool {
    mounts
        .lines()
        .any(|line| line.split(' ').nth(1) == Some(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mounted_folder_is_recognised_by_its_whole_name() {
        let mounts =
            "rootfs / rootfs rw 0 0\n/dev/mmcblk0p4 /data ext4 rw 0 0\ntmpfs /data2 tmpfs rw 0 0\n";
        assert!(is_mounted(mounts, "/data"));
        assert!(!is_mounted(mounts, "/dat"));
        assert!(!is_mounted("tmpfs /data2 tmpfs rw 0 0", "/data"));
        assert!(!is_mounted("", "/data"));
    }

    #[test]
    fn what_lies_inside_another_is_mounted_after_it() {
        let place = |folder| MOUNTS.iter().position(|mount| mount.folder == folder);
        assert!(place("/sys") < place("/sys/kernel/config"));
        assert!(place("/sys") < place("/sys/kernel/security"));
    }
}
