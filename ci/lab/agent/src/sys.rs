//! The system calls without a safe wrapper: VIDIOC_S_CTRL, EVIOCGRAB, EVIOCGKEY, ptrace, and calls that
//! have to be refused.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsFd;

use farseat_lab_agent::Forbidden;
use rustix::ioctl::{Getter, IntegerSetter, Opcode, Updater, ioctl, opcode};

/// `struct v4l2_control` of `linux/videodev2.h`.
#[repr(C)]
struct Control {
    id: u32,
    value: i32,
}

const VIDIOC_S_CTRL: Opcode = opcode::read_write::<Control>(b'V', 28);
const EVIOCGRAB: Opcode = opcode::write::<i32>(b'E', 0x90);
/// One bit for each code up to `KEY_MAX`, 0x2FF.
type Keys = [u8; 0x300 / 8];
const EVIOCGKEY: Opcode = opcode::read::<Keys>(b'E', 0x18);

/// Set one V4L2 control.
pub(crate) fn set_control(node: impl AsFd, id: u32, value: i32) -> io::Result<()> {
    let mut control = Control { id, value };
    // SAFETY: VIDIOC_S_CTRL reads and writes exactly one `struct v4l2_control`, which `Control` mirrors, and keeps no
    // pointer to it after it returns.
    let request = unsafe { Updater::<VIDIOC_S_CTRL, Control>::new(&mut control) };
    // SAFETY: the opcode and the argument belong together; a descriptor that is no video node answers ENOTTY.
    unsafe { ioctl(node, request) }.map_err(io::Error::from)
}

/// Let nobody else hear an input device: this kernel has a text screen of its own, which listens to every keyboard and
/// would act on the target's Ctrl-Alt-Del.
pub(crate) fn grab(node: impl AsFd) -> io::Result<()> {
    // SAFETY: EVIOCGRAB takes its argument as a plain number: 1 grabs. No memory is involved.
    let request = unsafe { IntegerSetter::<EVIOCGRAB>::new_usize(1) };
    // SAFETY: the opcode and the argument belong together; a descriptor that is no event node answers ENOTTY.
    unsafe { ioctl(node, request) }.map_err(io::Error::from)
}

/// The codes of the keys and buttons that the kernel takes for held on an input device. Events of keys that nobody has read yet
/// are gone with it.
pub(crate) fn held(node: impl AsFd) -> io::Result<Vec<u16>> {
    // SAFETY: EVIOCGKEY writes at most as many bytes as the opcode says, which is the size of `Keys`; any bytes are valid there.
    let request = unsafe { Getter::<EVIOCGKEY, Keys>::new() };
    // SAFETY: the opcode and the argument belong together; a descriptor that is no event node answers ENOTTY.
    let keys = unsafe { ioctl(node, request) }?;
    let held = |code: &u16| keys[usize::from(code / 8)] & 1 << (code % 8) != 0;
    Ok((0..0x300).filter(held).collect())
}

/// Stop a process until this one ends, as a debugger does: process 1 takes no SIGSTOP.
pub(crate) fn freeze(pid: i32) -> io::Result<()> {
    for request in [libc::PTRACE_SEIZE, libc::PTRACE_INTERRUPT] {
        let nothing = std::ptr::null_mut::<libc::c_void>();
        // SAFETY: neither request reads or writes memory of this process: both take a process number, an address that
        // has to be null, and options, of which there are none.
        if unsafe { libc::ptrace(request, pid, nothing, nothing) } == -1 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Try a call that has to be refused; says the error number, or 0.
pub(crate) fn refusal(call: Forbidden) -> io::Result<i32> {
    let (number, first) = match call {
        Forbidden::IoUringSetup => (libc::SYS_io_uring_setup, 0),
        Forbidden::KexecLoad => (libc::SYS_kexec_load, 0),
        Forbidden::KexecFileLoad => (libc::SYS_kexec_file_load, 0),
        Forbidden::Bpf => (libc::SYS_bpf, 0),
        Forbidden::PerfEventOpen => (libc::SYS_perf_event_open, 0),
        Forbidden::Userfaultfd => (libc::SYS_userfaultfd, 0),
        Forbidden::InitModule => (libc::SYS_init_module, 0),
        Forbidden::NewUserNamespace => (libc::SYS_unshare, libc::CLONE_NEWUSER),
    };
    // SAFETY: none of these calls writes through a null pointer of the caller; with zeros they fail in any kernel,
    // and `unshare` takes a number. What succeeds all the same is told as 0, and the test fails.
    if unsafe { libc::syscall(number, libc::c_long::from(first), 0, 0, 0, 0) } != -1 {
        return Ok(0);
    }
    let error = io::Error::last_os_error();
    error.raw_os_error().ok_or(error)
}

/// Reads what the kernel has said (syslog(2)).
pub(crate) fn kernel_log() -> io::Result<String> {
    const READ_ALL: libc::c_int = 3;
    let mut log = vec![0_u8; 1 << 20];
    let room = libc::c_int::try_from(log.len()).map_err(io::Error::other)?;
    // SAFETY: the pointer leads to `room` bytes that are ours, and the kernel writes no more than that.
    let length = unsafe { libc::klogctl(READ_ALL, log.as_mut_ptr().cast(), room) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    Ok(String::from_utf8_lossy(&log[..length]).into_owned())
}

/// From now on this thread, and what it starts, has a network of its own.
pub(crate) fn take_own_network() -> io::Result<()> {
    // SAFETY: only the flag for networks is given, which takes no descriptor and no memory away from anybody.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNET) }
        .map_err(io::Error::from)
}

/// `struct ifreq` of `linux/if.h` with an address in it.
#[repr(C)]
struct Request {
    name: [u8; 16],
    address: libc::sockaddr_in,
    rest: [u8; 8],
}

/// Give a link an address in a network of 24 bits, and switch it on.
pub(crate) fn give_address(link: &str, address: std::net::Ipv4Addr) -> io::Result<()> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
    let with = |address: std::net::Ipv4Addr| {
        let mut name = [0; 16];
        name.iter_mut()
            .zip(link.bytes())
            .for_each(|(to, byte)| *to = byte);
        Request {
            name,
            address: libc::sockaddr_in {
                sin_family: libc::AF_INET as u16,
                sin_port: 0,
                sin_addr: libc::in_addr {
                    s_addr: u32::from(address).to_be(),
                },
                sin_zero: [0; 8],
            },
            rest: [0; 8],
        }
    };
    let mask = std::net::Ipv4Addr::new(255, 255, 255, 0);
    for (call, request) in [
        (libc::SIOCSIFADDR, with(address)),
        (libc::SIOCSIFNETMASK, with(mask)),
    ] {
        // SAFETY: both calls read one `struct ifreq`, which `Request` mirrors up to its address and is as long as; the
        // descriptor is open as long as `socket` lives.
        let done = unsafe {
            libc::ioctl(
                std::os::fd::AsRawFd::as_raw_fd(&socket),
                call as _,
                &raw const request,
            )
        };
        if done == -1 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// SO_BINDTODEVICE.
pub(crate) fn bind_to_link(socket: &impl std::os::fd::AsRawFd, link: &str) -> io::Result<()> {
    // SAFETY: the pointer leads to as many bytes as are said, and the kernel only reads them during the call.
    let bound = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_BINDTODEVICE,
            link.as_ptr().cast(),
            link.len() as libc::socklen_t,
        )
    };
    if bound == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
