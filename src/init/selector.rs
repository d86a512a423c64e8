//! The card's first partition, as init sees it: which files its owner has put there, and a mount for as long as
//! somebody works with them. Names only; what is in a file is nobody's business here.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::mount::{MountFlags, mount_remount};

use super::card::Card;
use super::children;
use super::detached::{Detached, READ_ONLY, SYNCHRONOUS};
use super::mounts::{self, DATA, PLAIN};
use crate::slot::disk::Sector;
use crate::slot::layout::SELECTOR;

/// Where `serve` may see it.
const BOOT: &str = "/boot";
/// What the boot firmware reads, and what it is called before it is whole.
const AUTOBOOT: &str = "autoboot.txt";
const UNFINISHED: &str = "autoboot.new";
/// How the name of a bundle ends.
const BUNDLE: &str = ".farseat";
/// What a preseed may be called: ours, and Raspberry Pi Imager's.
const PRESEEDS: [&str; 2] = ["farseat.toml", "rpi-preseed.toml"];
const PRESEED_LIMIT: Duration = Duration::from_secs(10);

/// What may be done with the partition. Everything that is written is on the card before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// A file whose presence alone is an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    FactoryReset,
    Rescue,
}

impl Marker {
    fn name(self) -> &'static str {
        match self {
            Marker::FactoryReset => "factory-reset",
            Marker::Rescue => "rescue",
        }
    }
}

/// The files of the partition that concern init.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) factory_reset: bool,
    pub(super) rescue: bool,
    pub(super) preseed: bool,
    pub(super) bundle: bool,
}

/// Looks what is there. A partition that cannot be read has nothing, and says so.
pub(super) fn look(card: &Card) -> (Found, Option<String>) {
    let looked = with_boot(card, Access::Read, |boot| {
        let names = listed(boot)?;
        Ok(found(names.flatten().map(|entry| {
            entry.file_name().to_string_lossy().into_owned()
        })))
    });
    match looked {
        Ok(found) => (found, None),
        Err(reason) => (Found::default(), Some(reason)),
    }
}

/// Gives the order on behalf of the owner, who is not at the card. On the card when this returns.
pub(super) fn give(card: &Card, marker: Marker) -> Result<(), String> {
    with_boot(card, Access::Write, |boot| {
        let path = boot.join(marker.name());
        let made = File::create(&path).and_then(|file| file.sync_all());
        made.map_err(|error| format!("make {}: {error}", path.display()))
    })
}

/// The order was carried out.
pub(super) fn remove(card: &Card, marker: Marker) -> Result<(), String> {
    with_boot(card, Access::Write, |boot| {
        for entry in listed(boot)?.flatten() {
            if is(&entry.file_name().to_string_lossy(), marker.name()) {
                fs::remove_file(entry.path())
                    .map_err(|error| format!("remove {}: {error}", entry.path().display()))?;
            }
        }
        Ok(())
    })
}

/// Lets this program's other role read the preseed files and keep what they say.
/// `volatile`: what is kept is forgotten at power-off, so the files have to stay as they are.
pub(super) fn apply_preseed(card: &Card, volatile: bool) -> Result<(), String> {
    with_boot(card, Access::Write, |boot| {
        let boot = boot.to_string_lossy();
        let mut arguments = vec!["preseed", "--boot", &boot, "--data", DATA];
        arguments.extend(volatile.then_some("--volatile"));
        children::run_for(&arguments, PRESEED_LIMIT).map_err(|reason| format!("preseed: {reason}"))
    })
}

/// `serve` finds a bundle that the owner has put there: the partition stays mounted, and nobody can write to it.
pub(super) fn leave_readable(card: &Card) -> Result<(), String> {
    mounted(card, Access::Read)?
        .show_at(BOOT)
        .map_err(|error| format!("show the card's first partition: {error}"))
}

/// Writes the file by which the boot firmware chooses where it could not be overwritten in place.
pub(super) fn write_autoboot(card: &Card, content: &Sector) -> Result<(), String> {
    let write = |boot: &Path| -> io::Result<()> {
        let unfinished = boot.join(UNFINISHED);
        let mut file = File::create(&unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(unfinished, boot.join(AUTOBOOT))?;
        File::open(boot)?.sync_all()
    };
    with_boot(card, Access::Write, |boot| {
        write(boot).map_err(|error| format!("write {AUTOBOOT}: {error}"))
    })
}

fn listed(folder: &Path) -> Result<fs::ReadDir, String> {
    fs::read_dir(folder).map_err(|error| format!("list {}: {error}", folder.display()))
}

/// Mounts the partition for the time of `work`, which is told where, and where nobody else sees it; where it is mounted
/// already, for `serve` to read, it can be written for so long.
fn with_boot<T>(
    card: &Card,
    access: Access,
    work: impl FnOnce(&Path) -> Result<T, String>,
) -> Result<T, String> {
    if !mounts::is_mounted_now(BOOT) {
        return work(&mounted(card, access)?.folder());
    }
    if access == Access::Write {
        remount(MountFlags::empty())?;
    }
    let done = work(Path::new(BOOT));
    if access == Access::Write {
        remount(MountFlags::RDONLY)?;
    }
    done
}

fn mounted(card: &Card, access: Access) -> Result<Detached, String> {
    let node: PathBuf = card
        .partition(SELECTOR.number)
        .ok_or("the card has no first partition")?;
    let settings: &[_] = match access {
        Access::Read => &[SYNCHRONOUS, READ_ONLY],
        Access::Write => &[SYNCHRONOUS],
    };
    Detached::mount("vfat", &node, settings)
        .map_err(|error| format!("mount the card's first partition: {error}"))
}

fn remount(flags: MountFlags) -> Result<(), String> {
    let flags = PLAIN.union(MountFlags::SYNCHRONOUS).union(flags);
    mount_remount(BOOT, flags, "")
        .map_err(|error| format!("mount the card's first partition otherwise: {error}"))
}

fn found(names: impl Iterator<Item = String>) -> Found {
    let mut found = Found::default();
    for name in names {
        found.factory_reset |= is(&name, Marker::FactoryReset.name());
        found.rescue |= is(&name, Marker::Rescue.name());
        found.preseed |= PRESEEDS
            .iter()
            .any(|preseed| name.eq_ignore_ascii_case(preseed));
        found.bundle |= name.to_ascii_lowercase().ends_with(BUNDLE);
    }
    found
}

/// A desktop that hides extensions adds one without a word.
fn is(name: &str, marker: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == marker || name.strip_suffix(".txt") == Some(marker)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(names: &[&str]) -> Found {
        found(names.iter().map(ToString::to_string))
    }

    #[test]
    fn a_marker_is_known_by_its_name() {
        assert!(found_in(&["autoboot.txt", "factory-reset"]).factory_reset);
        assert!(found_in(&["RESCUE"]).rescue, "FAT has no small letters");
        assert_eq!(
            found_in(&["autoboot.txt", "rescue.png", "no-factory-reset"]),
            Found::default()
        );
    }

    #[test]
    fn an_extension_that_a_desktop_hides_does_not_matter() {
        assert!(found_in(&["factory-reset.txt"]).factory_reset);
        assert!(found_in(&["Rescue.TXT"]).rescue);
    }

    #[test]
    fn either_preseed_counts() {
        assert!(found_in(&["farseat.toml"]).preseed);
        assert!(found_in(&["rpi-preseed.toml"]).preseed);
        assert!(!found_in(&["farseat.toml.done"]).preseed);
    }

    #[test]
    fn a_bundle_is_known_by_its_end() {
        assert!(found_in(&["farseat-rpi4-1.2.3.FARSEAT"]).bundle);
        assert!(!found_in(&["farseat.toml", "x.farseat.part"]).bundle);
    }
}
