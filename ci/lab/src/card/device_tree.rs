//! The firmware's part of the device tree, by fdtput.

use std::io;
use std::path::Path;
use std::process::Command;

use crate::qemu;

/// The board's device tree with what the firmware says about this boot in it.
pub(super) fn of_boot(partition: u32, trial: bool) -> io::Result<Vec<u8>> {
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
