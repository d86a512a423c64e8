//! `/dev/vcio`: one question to the Raspberry Pi's boot firmware, whose answer is one number.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsFd;

use rustix::ioctl::{Opcode, Updater, ioctl, opcode};

/// A property message with one tag of one number (raspberrypi/firmware wiki, "Mailbox property interface").
#[repr(C, align(16))]
struct Message {
    bytes: u32,
    code: u32,
    tag: u32,
    room: u32,
    tag_code: u32,
    value: u32,
    /// A tag of 0 ends the message; the rest makes its length a multiple of 16.
    end: [u32; 2],
}

const SUCCESS: u32 = 0x8000_0000;
/// The kernel's number is made of the size of a pointer, not of the message.
const PROPERTY: Opcode = opcode::read_write::<*mut u8>(100, 0);

/// Sends `value` under `tag`; what the firmware answers.
///
/// # Errors
/// `ENOTTY` when `node` is no mailbox; other kinds when the firmware does not know the tag.
pub fn ask(node: impl AsFd, tag: u32, value: u32) -> io::Result<u32> {
    let mut message = Message {
        bytes: size_of::<Message>() as u32,
        code: 0,
        tag,
        room: 4,
        tag_code: 0,
        value,
        end: [0; 2],
    };
    // SAFETY: the kernel copies as many bytes as the message itself says, in and out: exactly this struct.
    let updater = unsafe { Updater::<PROPERTY, Message>::new(&mut message) };
    // SAFETY: the message lives until the call has returned; a node of another kind refuses the number.
    unsafe { ioctl(node, updater) }?;
    answer(&message)
}

fn answer(message: &Message) -> io::Result<u32> {
    if message.code == SUCCESS && message.tag_code & SUCCESS != 0 {
        Ok(message.value)
    } else {
        Err(io::Error::other("the boot firmware does not know this tag"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_mailbox_refuses() {
        let file = std::fs::File::open("/dev/null").expect("open /dev/null");
        assert!(ask(&file, 0x0003_0064, 0).is_err());
    }

    #[test]
    fn an_answer_counts_only_when_the_tag_was_known() {
        let message = |code, tag_code| Message {
            bytes: 32,
            code,
            tag: 0x0003_0064,
            room: 4,
            tag_code,
            value: 1,
            end: [0; 2],
        };
        assert_eq!(answer(&message(SUCCESS, SUCCESS | 4)).expect("known"), 1);
        assert!(answer(&message(SUCCESS, 0)).is_err());
        assert!(answer(&message(0x8000_0001, 0)).is_err());
        assert_eq!(size_of::<Message>() % 16, 0);
    }
}
