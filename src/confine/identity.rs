//! Another user, no capabilities and no way back to any; limits that a process without privileges cannot raise.

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
    configure_capability_in_ambient_set, remove_capability_from_bounding_set, set_capabilities,
    set_keep_capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid,
};
use rustix::{io, process};

use super::ConfineError;

/// A thousand idle clients and what else is open (web::limits keeps them below that).
const OPEN_FILES: u64 = 4096;
/// The runtime may have 512 threads for what blocks.
const THREADS: u64 = 1024;

pub(super) fn limit() -> Result<(), ConfineError> {
    let limits = [
        (Resource::Core, 0, "core dumps"),
        (Resource::Nofile, OPEN_FILES, "open files"),
        (Resource::Nproc, THREADS, "threads"),
        // No queue of signals or messages is used.
        (Resource::Msgqueue, 0, "message queues"),
    ];
    for (resource, most, what) in limits {
        let most = Some(most);
        let limit = Rlimit {
            current: most,
            maximum: most,
        };
        setrlimit(resource, limit).map_err(|error| ConfineError::Limit {
            what,
            source: error.into(),
        })?;
    }
    Ok(())
}

/// In this order: each step needs a capability that a later one takes. These are kept, and passed on to a program that is
/// become.
pub(super) fn become_user(user: u32, kept: CapabilitySet) -> Result<(), ConfineError> {
    let sets = CapabilitySets {
        effective: kept,
        permitted: kept,
        inheritable: kept,
    };
    let steps: [(&str, io::Result<()>); 3] = [
        ("empty the bounding set", empty_bounding_set(kept)),
        ("empty the ambient set", clear_ambient_capability_set()),
        ("keep what is kept", set_keep_capabilities(!kept.is_empty())),
    ];
    for (what, done) in steps {
        done.map_err(|error| because(what, error))?;
    }
    let (uid, gid) = (process::Uid::from_raw(user), process::Gid::from_raw(user));
    set_thread_groups(&[]).map_err(|error| because("leave all groups", error))?;
    set_thread_res_gid(gid, gid, gid).map_err(|error| because("change the group", error))?;
    set_thread_res_uid(uid, uid, uid).map_err(|error| because("change the user", error))?;
    set_capabilities(None, sets).map_err(|error| because("drop all other capabilities", error))?;
    for capability in kept.iter() {
        configure_capability_in_ambient_set(capability, true)
            .map_err(|error| because("pass a capability on", error))?;
    }
    set_no_new_privs(true).map_err(|error| because("renounce new privileges", error))?;
    // A change of the user has taken these back.
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| because("follow init into death", error))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|error| because("keep memory to itself", error))?;
    match capabilities(None) {
        Ok(left) if left == sets => Ok(()),
        _ => Err(ConfineError::Capable),
    }
}

/// Nothing that is started could have any either.
fn empty_bounding_set(kept: CapabilitySet) -> io::Result<()> {
    for capability in CapabilitySet::all().difference(kept).iter() {
        match remove_capability_from_bounding_set(capability) {
            // This kernel does not know it.
            Ok(()) | Err(io::Errno::INVAL) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn because(what: &'static str, error: io::Errno) -> ConfineError {
    ConfineError::Identity {
        what,
        source: error.into(),
    }
}
