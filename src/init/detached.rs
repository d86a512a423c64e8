//! A file system that is mounted nowhere: init looks at it, works in it, and shows it at a folder once it is in order.
//!
//! `serve` takes a copy of all mounts while init still boots. What it copied would stay in use there after init has let go of
//! it: it could not be mounted otherwise, nor written anew. What is attached nowhere cannot be copied.
//!
//! fsopen(2), fsconfig(2), fsmount(2), move_mount(2). It is unmounted when it is dropped before it was shown.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, fsconfig_create, fsconfig_set_flag,
    fsconfig_set_string, fsmount, fsopen, move_mount,
};

/// Nothing on a card is a program, a device or a way to another user.
const PLAIN: MountAttrFlags = MountAttrFlags::MOUNT_ATTR_NOSUID
    .union(MountAttrFlags::MOUNT_ATTR_NODEV)
    .union(MountAttrFlags::MOUNT_ATTR_NOEXEC)
    .union(MountAttrFlags::MOUNT_ATTR_NOATIME);

pub(super) const READ_ONLY: Setting = ("ro", None);
/// Everything is on the card before a call returns.
pub(super) const SYNCHRONOUS: Setting = ("sync", None);

/// Of a file system: `ro`, or `errors` and its value.
pub(super) type Setting = (&'static str, Option<&'static str>);

#[derive(Debug)]
pub(super) struct Detached {
    root: OwnedFd,
}

impl Detached {
    /// Mounts the file system that is on a block device.
    pub(super) fn mount(kind: &str, node: &Path, settings: &[Setting]) -> Result<Self, Errno> {
        let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_set_string(&context, "source", node)?;
        for (name, value) in settings {
            match value {
                Some(value) => fsconfig_set_string(&context, *name, *value)?,
                None => fsconfig_set_flag(&context, *name)?,
            }
        }
        fsconfig_create(&context)?;
        let root = fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, PLAIN)?;
        Ok(Detached { root })
    }

    /// Where its files are, for init and for children of it.
    pub(super) fn folder(&self) -> PathBuf {
        let (process, root) = (std::process::id(), self.root.as_raw_fd());
        PathBuf::from(format!("/proc/{process}/fd/{root}"))
    }

    /// From now on it is at `place`, for everybody.
    pub(super) fn show_at(self, place: &str) -> Result<(), Errno> {
        let itself = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
        move_mount(&self.root, "", CWD, place, itself)
    }
}
