//! A DNS server on this machine that leads every name to it. The guest reaches it as its router, 10.0.2.2; port 53 is
//! for the privileged, and for one program at a time.

use std::net::UdpSocket;
use std::sync::OnceLock;

/// What a guest calls this machine's loopback.
pub const ROUTER: &str = "10.0.2.2";

/// From now on, until the process ends. False: the port cannot be had.
pub fn are_served() -> bool {
    static SERVED: OnceLock<bool> = OnceLock::new();
    *SERVED.get_or_init(|| {
        let Ok(socket) = UdpSocket::bind("127.0.0.1:53") else {
            return false;
        };
        std::thread::spawn(move || {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question) {
                if let Some(answer) = answer(&question[..length]) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        true
    })
}

/// RFC 1035, 4.1: one record for who wants an IPv4 address, none for everybody else.
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let name = question.get(12..)?.iter().position(|byte| *byte == 0)?;
    let end = 12 + name + 1;
    let is_ipv4 = question.get(end..end + 2)? == [0, 1];
    let mut answer = question[..2].to_vec();
    answer.extend([0x81, 0x80, 0, 1, 0, is_ipv4.into(), 0, 0, 0, 0]);
    answer.extend(question.get(12..end + 4)?);
    if is_ipv4 {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 2, 2]);
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_here_by_ipv4_only() {
        let question = |kind| {
            let head = [7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            [&head[..], b"\x01a\x01b\x00", &[0, kind, 0, 1]].concat()
        };
        let told = answer(&question(1)).unwrap();
        assert_eq!((&told[..2], told[7]), (&[7, 7][..], 1));
        assert!(told.ends_with(&[0, 4, 10, 0, 2, 2]));
        assert_eq!(answer(&question(28)).unwrap()[7], 0);
        assert_eq!(answer(b"short"), None);
    }
}
