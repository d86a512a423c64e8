//! Files on the card's FAT partitions, by mtools; and the firmware's part of the device tree, by fdtput.

use std::io;
use std::path::Path;
use std::process::Command;

use super::disk::Disk;
use crate::qemu;

/// One of the card's FAT partitions.
pub struct Fat<'a> {
    disk: &'a Disk,
    number: usize,
}

impl<'a> Fat<'a> {
    pub(super) fn new(disk: &'a Disk, number: usize) -> Self {
        Self { disk, number }
    }

    fn image(&self) -> String {
        let offset = self.disk.partition(self.number).start;
        format!("{}@@{offset}", self.disk.path().display())
    }

    /// A whole file of the root folder; `None` when it is not there, or the partition is no FAT.
    ///
    /// # Errors
    /// mtools is missing.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let output = Command::new("mtype")
            .args(["-i", &self.image(), &format!("::/{name}")])
            .output()?;
        Ok(output.status.success().then_some(output.stdout))
    }

    /// The names in the root folder, in lower case; `None` when the partition is no FAT.
    ///
    /// # Errors
    /// mtools is missing.
    pub fn names(&self) -> io::Result<Option<Vec<String>>> {
        let output = Command::new("mdir")
            .args(["-b", "-i", &self.image(), "::/"])
            .output()?;
        let listed = String::from_utf8_lossy(&output.stdout);
        let name = |line: &str| line.trim_start_matches("::/").trim().to_lowercase();
        let names = listed.lines().map(name).collect();
        Ok(output.status.success().then_some(names))
    }

    /// Puts a file into the root folder, in the place of one that is there.
    ///
    /// # Errors
    /// mtools' words.
    pub fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), content)?;
        let target = format!("::/{name}");
        finished(
            Command::new("mcopy")
                .args(["-o", "-i", &self.image()])
                .arg(file.path())
                .arg(target),
        )
    }

    /// Removes a file of the root folder.
    ///
    /// # Errors
    /// mtools' words.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let target = format!("::/{name}");
        finished(Command::new("mdel").args(["-i", &self.image(), &target]))
    }
}

/// The board's device tree with what the firmware says about this boot in it.
pub(super) fn device_tree(partition: u32, trial: bool) -> io::Result<Vec<u8>> {
    const NODE: &str = "/chosen/bootloader";
    let file = tempfile::NamedTempFile::new()?;
    let path = file.path();
    // Anew each time: it has the seed of the kernel's random numbers in it.
    finished(Command::new(qemu::PROGRAM).args(qemu::dump_device_tree(path)))?;
    finished(Command::new("fdtput").arg("-c").arg(path).arg(NODE))?;
    for (property, value) in [("partition", partition), ("tryboot", trial.into())] {
        set_number(path, NODE, property, value)?;
    }
    std::fs::read(path)
}

fn set_number(file: &Path, node: &str, property: &str, value: u32) -> io::Result<()> {
    finished(Command::new("fdtput").args(["-t", "u"]).arg(file).args([
        node,
        property,
        &value.to_string(),
    ]))
}

/// Runs a program to its end.
pub(super) fn finished(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}
