//! `execveat(2)` of a program that was opened before: it needs no path, and no file system in which there is one.
#![allow(unsafe_code)]

use std::convert::Infallible;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags, open};

/// A program that can be become.
pub struct Program(OwnedFd);

impl Program {
    /// # Errors
    /// It is not there.
    pub fn open(path: &str) -> io::Result<Program> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        Ok(Program(open(path, flags, Mode::empty())?))
    }
}

impl AsFd for Program {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Becomes the program, with these arguments (its own name is the first) and no environment. Returns only when that fails.
///
/// # Errors
/// It is no program, or may not be started.
pub fn become_program(program: &Program, arguments: &[CString]) -> Result<Infallible, io::Error> {
    let mut pointers: Vec<_> = arguments.iter().map(|word| word.as_ptr()).collect();
    pointers.push(std::ptr::null());
    let nothing = [std::ptr::null::<libc::c_char>()];
    let empty: &CStr = c"";
    // SAFETY: the descriptor is open as long as `program` is borrowed; the path is a C string; both lists end with a null
    // pointer and lead to C strings that live until the call returns, which it does only when it changed nothing.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            program.0.as_raw_fd(),
            empty.as_ptr(),
            pointers.as_ptr(),
            nothing.as_ptr(),
            libc::AT_EMPTY_PATH,
        );
    }
    Err(io::Error::last_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_program_is_not_become() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("text");
        std::fs::write(&file, "text").expect("written");
        let program = Program::open(file.to_str().expect("text")).expect("it is there");
        let Err(error) = become_program(&program, &[c"text".to_owned()]);
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(Program::open("/nowhere").is_err());
    }
}
