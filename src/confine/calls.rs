//! The system calls of a server that has started, and of who goes out for it (seccomp(2)). Any other is no mistake but a
//! break-in: it ends the process.
//!
//! The server makes no socket: it has those on which it listens, and those that come of them. So it can call nobody, by
//! whatever protocol, and needs nobody's filter of packets. Who goes out makes sockets.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter_all_threads,
};

#[cfg(target_arch = "aarch64")]
const ARCH: TargetArch = TargetArch::aarch64;
#[cfg(target_arch = "x86_64")]
const ARCH: TargetArch = TargetArch::x86_64;

/// Why there is one wall less.
#[derive(Debug, thiserror::Error)]
pub enum CallsError {
    #[error("write the list of system calls as a filter")]
    Filter(#[from] BackendError),
    #[error("give the kernel the list of system calls")]
    Kernel(#[from] seccompiler::Error),
}

/// What is looked at beside the call's number.
#[derive(Clone, Copy)]
pub(super) enum When {
    Always,
    /// It starts a thread, not a process.
    Thread,
    /// The memory will not be code. The protection is this argument.
    NoCode(u8),
    /// A socket of a family that is used; of IP, one for TCP or UDP.
    Kind,
    /// A pair of Unix sockets.
    Pair,
    /// A socket of what joins wireless networks: no TCP.
    Air,
}

use When::{Air, Always, Kind, NoCode, Pair, Thread};

/// A socket, and whose call that is.
const SOCKETS: &[(i64, When)] = &[
    (libc::SYS_socket, Kind),
    (libc::SYS_bind, Always),
    (libc::SYS_connect, Always),
    (libc::SYS_sendmmsg, Always),
];

/// One line a call, and what it is for. `listen` is not among them: who listens has begun to before.
const CALLS: &[(i64, When)] = &[
    // Reading and writing what is open.
    (libc::SYS_read, Always),
    (libc::SYS_write, Always),
    (libc::SYS_readv, Always),
    (libc::SYS_writev, Always),
    (libc::SYS_pread64, Always),
    (libc::SYS_pwrite64, Always),
    (libc::SYS_lseek, Always),
    (libc::SYS_close, Always),
    // V4L2, the keyboard's answers, the terminal of the console.
    (libc::SYS_ioctl, Always),
    // Non-blocking, close-on-exec, duplicates; locks of files.
    (libc::SYS_fcntl, Always),
    (libc::SYS_flock, Always),
    // Files of the data folder; sysfs.
    (libc::SYS_openat, Always),
    (libc::SYS_statx, Always),
    (libc::SYS_newfstatat, Always),
    (libc::SYS_fstat, Always),
    (libc::SYS_statfs, Always),
    (libc::SYS_fstatfs, Always),
    (libc::SYS_faccessat, Always),
    (libc::SYS_getdents64, Always),
    (libc::SYS_readlinkat, Always),
    (libc::SYS_mkdirat, Always),
    (libc::SYS_unlinkat, Always),
    (libc::SYS_renameat, Always),
    (libc::SYS_renameat2, Always),
    (libc::SYS_fchmod, Always),
    (libc::SYS_fchmodat, Always),
    (libc::SYS_ftruncate, Always),
    (libc::SYS_fsync, Always),
    (libc::SYS_fdatasync, Always),
    // Waiting.
    (libc::SYS_epoll_create1, Always),
    (libc::SYS_epoll_ctl, Always),
    (libc::SYS_epoll_pwait, Always),
    (libc::SYS_ppoll, Always),
    (libc::SYS_eventfd2, Always),
    (libc::SYS_pipe2, Always),
    (libc::SYS_nanosleep, Always),
    (libc::SYS_clock_nanosleep, Always),
    (libc::SYS_clock_gettime, Always),
    (libc::SYS_restart_syscall, Always),
    // Who has called.
    // One for each request to the process that fetches.
    (libc::SYS_socketpair, Pair),
    (libc::SYS_accept4, Always),
    (libc::SYS_getsockname, Always),
    (libc::SYS_getpeername, Always),
    (libc::SYS_sendto, Always),
    (libc::SYS_recvfrom, Always),
    (libc::SYS_sendmsg, Always),
    (libc::SYS_recvmsg, Always),
    (libc::SYS_setsockopt, Always),
    (libc::SYS_getsockopt, Always),
    (libc::SYS_shutdown, Always),
    // Memory.
    (libc::SYS_mmap, NoCode(2)),
    (libc::SYS_mprotect, NoCode(2)),
    (libc::SYS_munmap, Always),
    (libc::SYS_mremap, Always),
    (libc::SYS_madvise, Always),
    (libc::SYS_brk, Always),
    // Threads. The C library tries clone3 first, whose flags no filter can see: it is told that there is none.
    (libc::SYS_clone, Thread),
    (libc::SYS_clone3, Always),
    (libc::SYS_futex, Always),
    (libc::SYS_set_robust_list, Always),
    (libc::SYS_rseq, Always),
    (libc::SYS_sched_yield, Always),
    (libc::SYS_sched_getaffinity, Always),
    (libc::SYS_gettid, Always),
    (libc::SYS_getpid, Always),
    (libc::SYS_exit, Always),
    (libc::SYS_exit_group, Always),
    // A thread's name.
    (libc::SYS_prctl, Always),
    // Signals: to stop when init says so, and to end by abort.
    (libc::SYS_rt_sigaction, Always),
    (libc::SYS_rt_sigprocmask, Always),
    (libc::SYS_rt_sigreturn, Always),
    (libc::SYS_sigaltstack, Always),
    (libc::SYS_tgkill, Always),
    // Random numbers.
    (libc::SYS_getrandom, Always),
];

/// From now on this process, all of its threads, makes these calls only: no socket among them.
///
/// # Errors
/// The kernel cannot do this: there is one wall less.
pub fn keep_calls() -> Result<(), CallsError> {
    keep(&[CALLS])
}

/// The same for who goes out.
///
/// # Errors
/// The kernel cannot do this: there is one wall less.
pub fn keep_calls_and_sockets() -> Result<(), CallsError> {
    keep(&[CALLS, SOCKETS])
}

fn keep(lists: &[&[(i64, When)]]) -> Result<(), CallsError> {
    // One filter has one answer to what it does not want, so two.
    apply_filter_all_threads(&no_clone3()?)?;
    apply_filter_all_threads(&only(lists, SeccompAction::KillProcess)?)?;
    Ok(())
}

/// These, and `otherwise` for every other one.
pub(super) fn only(
    lists: &[&[(i64, When)]],
    otherwise: SeccompAction,
) -> Result<BpfProgram, BackendError> {
    let mut rules = BTreeMap::new();
    for (call, when) in lists.iter().copied().flatten() {
        rules.insert(*call, when.rules()?);
    }
    SeccompFilter::new(rules, otherwise, SeccompAction::Allow, ARCH)?.try_into()
}

fn no_clone3() -> Result<BpfProgram, BackendError> {
    let rules = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, unknown, ARCH)?.try_into()
}

impl When {
    /// Any one of them is enough; none = always.
    fn rules(self) -> Result<Vec<SeccompRule>, BackendError> {
        match self {
            Always => Ok(Vec::new()),
            Thread => {
                let flag = u64::from(libc::CLONE_THREAD.unsigned_abs());
                Ok(vec![masked(0, flag, flag)?])
            }
            NoCode(argument) => {
                let flag = u64::from(libc::PROT_EXEC.unsigned_abs());
                Ok(vec![masked(argument, flag, 0)?])
            }
            Kind => {
                let others = [libc::AF_NETLINK, libc::AF_UNIX];
                let mut rules: Vec<_> = others.map(|family| vec![(0, family)]).into();
                for family in [libc::AF_INET, libc::AF_INET6] {
                    // The call out that Landlock forbids is TCP's, not that of its relatives.
                    for protocol in [0, libc::IPPROTO_TCP, libc::IPPROTO_UDP] {
                        rules.push(vec![(0, family), (2, protocol)]);
                    }
                }
                rules.into_iter().map(all).collect()
            }
            Pair => Ok(vec![all(vec![(0, libc::AF_UNIX)])?]),
            Air => {
                let families = [libc::AF_NETLINK, libc::AF_UNIX, libc::AF_PACKET];
                let mut rules: Vec<_> = families.map(|family| vec![(0, family)]).into();
                // For questions about links; by TCP it has nothing to say.
                for protocol in [0, libc::IPPROTO_UDP] {
                    rules.push(vec![
                        (0, libc::AF_INET),
                        (1, libc::SOCK_DGRAM),
                        (2, protocol),
                    ]);
                }
                rules.into_iter().map(all).collect()
            }
        }
    }
}

fn masked(argument: u8, mask: u64, value: u64) -> Result<SeccompRule, BackendError> {
    let masked = condition(argument, SeccompCmpOp::MaskedEq(mask), value)?;
    SeccompRule::new(vec![masked])
}

/// Each of these arguments has its value.
fn all(arguments: Vec<(u8, i32)>) -> Result<SeccompRule, BackendError> {
    let conditions = arguments.into_iter().map(|(argument, value)| {
        condition(argument, SeccompCmpOp::Eq, u64::from(value.unsigned_abs()))
    });
    SeccompRule::new(conditions.collect::<Result<_, _>>()?)
}

/// The kernel takes these arguments as 32 bits.
fn condition(
    argument: u8,
    compare: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, compare, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_short_and_names_no_call_twice() {
        let all = || CALLS.iter().chain(SOCKETS).map(|(number, _)| *number);
        let numbers: std::collections::BTreeSet<i64> = all().collect();
        assert_eq!(numbers.len(), all().count());
        assert!(all().count() <= 80, "{}", all().count());
    }

    #[test]
    fn a_server_makes_no_socket_and_gives_none_an_address() {
        for never in [libc::SYS_socket, libc::SYS_bind, libc::SYS_connect] {
            assert!(CALLS.iter().all(|(number, _)| *number != never), "{never}");
        }
    }

    #[test]
    fn no_program_is_started_and_nobody_else_is_touched() {
        for never in [
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_ptrace,
            libc::SYS_process_vm_writev,
            libc::SYS_mount,
            libc::SYS_unshare,
            libc::SYS_setuid,
            libc::SYS_listen,
            libc::SYS_kill,
            libc::SYS_bpf,
            libc::SYS_io_uring_setup,
            libc::SYS_mknodat,
            libc::SYS_chroot,
            libc::SYS_reboot,
        ] {
            let mut all = CALLS.iter().chain(SOCKETS);
            assert!(all.all(|(number, _)| *number != never), "{never}");
        }
    }

    #[test]
    fn both_filters_can_be_written() {
        for lists in [&[CALLS][..], &[CALLS, SOCKETS]] {
            let filter = only(lists, SeccompAction::KillProcess);
            assert!(filter.is_ok_and(|program| program.len() > CALLS.len()));
        }
        assert!(no_clone3().is_ok());
    }
}
