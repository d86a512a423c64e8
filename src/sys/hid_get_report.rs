//! `GADGET_HID_WRITE_GET_REPORT`: what a HID gadget answers when the target asks for a report.
//!
//! Since Linux 6.12 a target's GET_REPORT otherwise waits 2.5 s for somebody to answer it, and
//! some firmware asks at start-up. Older kernels have no such call and answer zeros themselves.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsFd;

use rustix::ioctl::{Opcode, Setter, ioctl, opcode};

/// The longest report that fits.
const MAX_REPORT: usize = 64;

/// `struct usb_hidg_report` of linux/usb/g_hid.h.
#[repr(C)]
struct UsbHidgReport {
    report_id: u8,
    /// 0: this answers every request from now on, until the next call.
    userspace_req: u8,
    length: u16,
    data: [u8; MAX_REPORT],
    padding: [u8; 4],
}

const WRITE_GET_REPORT: Opcode = opcode::write::<UsbHidgReport>(b'g', 0x42);

/// From now on the gadget function behind `node` answers GET_REPORT for `report_id` with
/// `report`, of which at most 64 bytes count.
///
/// # Errors
/// `ENOTTY` when the kernel cannot do this (before 6.12, or not a HID gadget's node).
pub fn answer_with(node: impl AsFd, report_id: u8, report: &[u8]) -> io::Result<()> {
    let length = report.len().min(MAX_REPORT);
    let mut data = [0; MAX_REPORT];
    data[..length].copy_from_slice(&report[..length]);
    let answer = UsbHidgReport {
        report_id,
        userspace_req: 0,
        length: length as u16,
        data,
        padding: [0; 4],
    };
    // SAFETY: the number is made of this very struct, which has the kernel's layout, and the
    // kernel only reads from it.
    let setter = unsafe { Setter::<WRITE_GET_REPORT, UsbHidgReport>::new(answer) };
    // SAFETY: the call reads the struct while `setter` lives and touches no other memory; on a
    // node of another kind the kernel refuses the number.
    unsafe { ioctl(node, setter) }.map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_struct_has_the_kernels_size() {
        assert_eq!(size_of::<UsbHidgReport>(), 72);
    }

    #[test]
    fn what_is_no_hid_gadget_refuses() {
        let file = std::fs::File::open("/dev/null").expect("open /dev/null");
        let error = answer_with(&file, 0, &[0; 8]).expect_err("not a gadget");
        assert_eq!(
            rustix::io::Errno::from_io_error(&error),
            Some(rustix::io::Errno::NOTTY)
        );
    }
}
