//! One message to the kernel's interface for radios: NL80211_CMD_SET_WIPHY_NETNS (linux/nl80211.h), over generic netlink.

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, netlink, recv, send, socket};

const CONTROL: u16 = 0x10;
const GET_FAMILY: u8 = 3;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;
const SET_WIPHY_NETNS: u8 = 49;
const WIPHY: u16 = 1;
const PID: u16 = 82;
const ERROR: u16 = 2;
/// NLM_F_REQUEST and NLM_F_ACK.
const ASKED: u16 = 1 | 4;
/// Message and generic header.
const HEADS: usize = 16 + 4;

/// The radio of this number belongs to the network of that thread from now on.
pub(crate) fn move_radio(radio: u32, thread: i32) -> io::Result<()> {
    let protocol = netlink::GENERIC;
    let socket = socket(AddressFamily::NETLINK, SocketType::RAW, Some(protocol))?;
    let answer = ask(&socket, CONTROL, GET_FAMILY, &[(FAMILY_NAME, b"nl80211\0")])?;
    let family = attribute(&answer, FAMILY_ID).and_then(|value| value.try_into().ok());
    let family = family
        .map(u16::from_ne_bytes)
        .ok_or(io::ErrorKind::NotFound)?;
    let (radio, thread) = (radio.to_ne_bytes(), thread.to_ne_bytes());
    ask(
        &socket,
        family,
        SET_WIPHY_NETNS,
        &[(WIPHY, &radio), (PID, &thread)],
    )?;
    Ok(())
}

/// The first answer; the acknowledgement of a command without one is its own.
fn ask(
    socket: &OwnedFd,
    family: u16,
    command: u8,
    attributes: &[(u16, &[u8])],
) -> io::Result<Vec<u8>> {
    let mut message = vec![command, 1, 0, 0];
    for (kind, value) in attributes {
        message.extend((4 + value.len() as u16).to_ne_bytes());
        message.extend(kind.to_ne_bytes());
        message.extend(*value);
        message.resize(message.len().next_multiple_of(4), 0);
    }
    let mut packet = (16 + message.len() as u32).to_ne_bytes().to_vec();
    packet.extend(family.to_ne_bytes());
    packet.extend(ASKED.to_ne_bytes());
    packet.extend([0; 8]);
    packet.extend(message);
    send(socket, &packet, SendFlags::empty())?;
    let mut answer = vec![0; 8192];
    let (length, _) = recv(socket, &mut answer[..], RecvFlags::empty())?;
    answer.truncate(length);
    let kind = answer
        .get(4..6)
        .map(|kind| [kind[0], kind[1]])
        .map(u16::from_ne_bytes);
    let code = answer
        .get(16..20)
        .and_then(|code| code.try_into().ok())
        .map(i32::from_ne_bytes);
    match (kind, code) {
        (Some(ERROR), Some(code)) if code != 0 => Err(io::Error::from_raw_os_error(-code)),
        (Some(_), _) => Ok(answer),
        (None, _) => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn attribute(answer: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut rest = answer.get(HEADS..)?;
    loop {
        let length = usize::from(u16::from_ne_bytes(rest.get(..2)?.try_into().ok()?));
        let kind = u16::from_ne_bytes(rest.get(2..4)?.try_into().ok()?);
        let value = rest.get(4..length)?;
        if kind == wanted {
            return Some(value);
        }
        rest = rest.get(length.next_multiple_of(4)..)?;
    }
}
