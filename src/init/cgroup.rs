//! The control group of `serve`: how much memory it may have (cgroups(7), version 2).
//!
//! Beyond that the kernel ends `serve`, which is started anew, instead of whatever else it finds. Without the kernel's
//! support everything goes on without a limit.

use std::fs;
use std::path::Path;

use super::supervisor::Pid;

const GROUPS: &str = "/sys/fs/cgroup";
const SERVE: &str = "/sys/fs/cgroup/serve";
/// Bytes. Many times what it needs (docs/security-split.md), a quarter of the smallest board.
const MEMORY: u64 = 256 << 20;

/// Makes the group.
pub(super) fn prepare() -> Result<(), String> {
    let write = |folder: &str, file: &str, text: &str| {
        let path = Path::new(folder).join(file);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    write(GROUPS, "cgroup.subtree_control", "+memory")?;
    // It may be there already.
    let _ = fs::create_dir(SERVE);
    write(SERVE, "memory.max", &MEMORY.to_string())?;
    write(SERVE, "memory.oom.group", "1")
}

/// From now on this process is in it.
pub(super) fn take_in(pid: Pid) -> Result<(), String> {
    let file = Path::new(SERVE).join("cgroup.procs");
    if !file.exists() {
        return Ok(());
    }
    fs::write(&file, pid.to_string()).map_err(|error| format!("{}: {error}", file.display()))
}
