//! The system calls of what joins wireless networks (wpa_supplicant). It is not our program, and another version may make one
//! more: any other call fails, and does not end it.

use seccompiler::{SeccompAction, apply_filter_all_threads};

use super::calls::When::{Air, Always, NoCode};
use super::calls::{CallsError, When, only};

/// One line a call. Starting a program is among them, once: it is how this process becomes that one; afterwards Landlock knows
/// no other program.
const CALLS: &[(i64, When)] = &[
    // Its start, and that of the C library.
    (libc::SYS_execveat, Always),
    (libc::SYS_set_tid_address, Always),
    (libc::SYS_set_robust_list, Always),
    (libc::SYS_rseq, Always),
    (libc::SYS_prlimit64, Always),
    (libc::SYS_readlinkat, Always),
    (libc::SYS_uname, Always),
    // Reading and writing what is open.
    (libc::SYS_read, Always),
    (libc::SYS_write, Always),
    (libc::SYS_writev, Always),
    (libc::SYS_lseek, Always),
    (libc::SYS_close, Always),
    (libc::SYS_fcntl, Always),
    (libc::SYS_dup, Always),
    // Random numbers, and its folder.
    (libc::SYS_getrandom, Always),
    (libc::SYS_openat, Always),
    (libc::SYS_newfstatat, Always),
    (libc::SYS_fstat, Always),
    (libc::SYS_faccessat, Always),
    (libc::SYS_getdents64, Always),
    (libc::SYS_mkdirat, Always),
    (libc::SYS_unlinkat, Always),
    (libc::SYS_fchmodat, Always),
    (libc::SYS_fchownat, Always),
    (libc::SYS_umask, Always),
    // The kernel's side of the radio, frames of a network that is being joined, the socket to `serve`.
    (libc::SYS_socket, Air),
    (libc::SYS_bind, Always),
    (libc::SYS_connect, Always),
    (libc::SYS_getsockname, Always),
    (libc::SYS_setsockopt, Always),
    (libc::SYS_getsockopt, Always),
    (libc::SYS_sendto, Always),
    (libc::SYS_recvfrom, Always),
    (libc::SYS_sendmsg, Always),
    (libc::SYS_recvmsg, Always),
    (libc::SYS_ioctl, Always),
    // Waiting.
    (libc::SYS_pselect6, Always),
    (libc::SYS_ppoll, Always),
    (libc::SYS_nanosleep, Always),
    (libc::SYS_clock_nanosleep, Always),
    (libc::SYS_clock_gettime, Always),
    (libc::SYS_gettimeofday, Always),
    (libc::SYS_restart_syscall, Always),
    (libc::SYS_futex, Always),
    // Memory.
    (libc::SYS_brk, Always),
    (libc::SYS_mmap, NoCode(2)),
    (libc::SYS_mprotect, NoCode(2)),
    (libc::SYS_munmap, Always),
    (libc::SYS_mremap, Always),
    (libc::SYS_madvise, Always),
    // Who it is.
    (libc::SYS_getpid, Always),
    (libc::SYS_gettid, Always),
    (libc::SYS_getuid, Always),
    (libc::SYS_geteuid, Always),
    (libc::SYS_getgid, Always),
    (libc::SYS_getegid, Always),
    // Signals, and the end.
    (libc::SYS_rt_sigaction, Always),
    (libc::SYS_rt_sigprocmask, Always),
    (libc::SYS_rt_sigreturn, Always),
    (libc::SYS_tgkill, Always),
    (libc::SYS_exit, Always),
    (libc::SYS_exit_group, Always),
];

/// From now on this process, and the program that it becomes, makes these calls only.
///
/// # Errors
/// The kernel cannot do this: there is one wall less.
pub fn keep_radio_calls() -> Result<(), CallsError> {
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    Ok(apply_filter_all_threads(&only(&[CALLS], refused)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_no_process_and_touches_nobody_else() {
        for never in [
            libc::SYS_clone,
            libc::SYS_clone3,
            libc::SYS_execve,
            libc::SYS_ptrace,
            libc::SYS_kill,
            libc::SYS_mount,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_setuid,
            libc::SYS_listen,
            libc::SYS_bpf,
            libc::SYS_mknodat,
            libc::SYS_reboot,
        ] {
            assert!(CALLS.iter().all(|(number, _)| *number != never), "{never}");
        }
        let numbers: std::collections::BTreeSet<i64> =
            CALLS.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers.len(), CALLS.len());
        assert!(only(&[CALLS], SeccompAction::Errno(1)).is_ok());
    }
}
