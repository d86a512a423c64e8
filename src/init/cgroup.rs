//! The control groups of `serve` and of those that work for it: how much memory each may have (cgroups(7), version 2).
//!
//! Beyond that the kernel ends it, which is started anew, instead of whatever else it finds. Without the kernel's
//! support everything goes on without a limit.

use std::fs;
use std::path::Path;

use super::supervisor::Pid;

const GROUPS: &str = "/sys/fs/cgroup";
/// Bytes. Many times what it needs (docs/security-split.md), a quarter of the smallest board.
pub(super) const SERVE: Group = Group("serve", 256 << 20);
/// TLS, and a few pieces on their way.
pub(super) const FETCH: Group = Group("fetch", 64 << 20);
/// Small packets.
pub(super) const SPEAK: Group = Group("speak", 64 << 20);
/// Keys, and a list of what is in the air.
pub(super) const RADIO: Group = Group("radio", 32 << 20);

/// Its name, and its bytes.
pub(super) struct Group(&'static str, u64);

/// Makes the groups.
pub(super) fn prepare() -> Result<(), String> {
    let write = |folder: &str, file: &str, text: &str| {
        let path = Path::new(folder).join(file);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    write(GROUPS, "cgroup.subtree_control", "+memory")?;
    for Group(name, bytes) in [SERVE, FETCH, SPEAK, RADIO] {
        let group = format!("{GROUPS}/{name}");
        // It may be there already.
        let _ = fs::create_dir(&group);
        write(&group, "memory.max", &bytes.to_string())?;
        write(&group, "memory.oom.group", "1")?;
    }
    Ok(())
}

impl Group {
    /// From now on this process is in it.
    pub(super) fn take_in(&self, pid: Pid) -> Result<(), String> {
        let file = Path::new(GROUPS).join(self.0).join("cgroup.procs");
        if !file.exists() {
            return Ok(());
        }
        fs::write(&file, pid.to_string()).map_err(|error| format!("{}: {error}", file.display()))
    }
}
