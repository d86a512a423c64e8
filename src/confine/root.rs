//! A root of its own, in RAM and read-only, with nothing in it but the places that `serve` works with.
//!
//! What init mounts on `/data` and `/boot` later shows up there too; nothing goes the other way.

use std::fs;
use std::io;
use std::path::Path;

use rustix::mount::{
    MountFlags, MountPropagationFlags, mount, mount_bind, mount_change, mount_move, mount_remount,
};
use rustix::process::{chdir, chroot};

use super::ConfineError;
use crate::sys::own_mounts;

/// Becomes the root; what is mounted on it is out of sight.
const NEW: &str = "/tmp";

/// How a place is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// As it is mounted.
    AsItIs,
    ReadOnly,
}

pub(super) type Place<'a> = (&'a str, Shown);

/// A place that is not there is left out: a machine without a card has no `/boot`.
pub(super) const PLACES: &[Place<'static>] = &[
    // Which nodes can be opened is decided by their owners.
    ("/dev", Shown::AsItIs),
    ("/sys", Shown::ReadOnly),
    // The USB gadget.
    ("/sys/kernel/config", Shown::ReadOnly),
    ("/data", Shown::AsItIs),
    ("/boot", Shown::AsItIs),
    // The boot report, and a file for the reason of an end.
    ("/run/farseat", Shown::AsItIs),
    // What the system is made of.
    ("/usr/share/farseat", Shown::ReadOnly),
];

/// For who needs no place at all.
pub(super) const RANDOM: &[Place<'static>] = &[
    ("/dev/random", Shown::AsItIs),
    ("/dev/urandom", Shown::AsItIs),
];

/// For who speaks on the links: which of them are pieces of hardware.
pub(super) const LINKS: &[Place<'static>] = &[
    ("/dev/random", Shown::AsItIs),
    ("/dev/urandom", Shown::AsItIs),
    ("/sys", Shown::ReadOnly),
];

/// For what joins wireless networks: its socket is in that folder.
pub(super) fn radio(folder: &str) -> Vec<Place<'_>> {
    [RANDOM, &[(folder, Shown::AsItIs)]].concat()
}

const PLAIN: MountFlags = MountFlags::NOSUID
    .union(MountFlags::NODEV)
    .union(MountFlags::NOEXEC);

/// Only these are seen from now on.
pub(super) fn enter(places: &[Place<'_>]) -> Result<(), ConfineError> {
    own_mounts::take().map_err(because("take mounts of its own"))?;
    let follow = MountPropagationFlags::DOWNSTREAM.union(MountPropagationFlags::REC);
    mount_change("/", follow).map_err(because("only follow init's mounts"))?;
    mount("tmpfs", NEW, "tmpfs", PLAIN, Some(c"mode=0755,size=64k"))
        .map_err(because("mount memory"))?;
    for &(place, shown) in places {
        show(place, shown)?;
    }
    mount_remount(NEW, PLAIN.union(MountFlags::RDONLY), c"")
        .map_err(because("make the root read-only"))?;
    // The root file system of the kernel cannot be left with pivot_root: it is covered, as switch_root does it. Without
    // capabilities there is no way below it.
    chdir(NEW).map_err(because("go there"))?;
    mount_move(".", "/").map_err(because("move it over the root"))?;
    chroot(".").map_err(because("make it the root"))?;
    chdir("/").map_err(because("go there"))
}

fn show(place: &str, shown: Shown) -> Result<(), ConfineError> {
    let there = format!("{NEW}{place}");
    if !Path::new(place).exists() {
        return Ok(());
    }
    make(Path::new(&there), Path::new(place).is_dir())
        .map_err(because(&format!("make {there}")))?;
    mount_bind(place, &there).map_err(because(&format!("show {place}")))?;
    if shown == Shown::ReadOnly {
        let flags = MountFlags::BIND.union(MountFlags::RDONLY).union(PLAIN);
        mount_remount(&there, flags, c"").map_err(because(&format!("make {place} read-only")))?;
    }
    Ok(())
}

/// What something can be shown in the place of.
fn make(there: &Path, folder: bool) -> io::Result<()> {
    if folder {
        return fs::create_dir_all(there);
    }
    there.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(there, "")
}

fn because<E: Into<io::Error>>(what: &str) -> impl FnOnce(E) -> ConfineError {
    let what = what.to_owned();
    move |error| ConfineError::Root {
        what,
        source: error.into(),
    }
}
