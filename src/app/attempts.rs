//! What a broken-into `serve` would try. Only in development builds: the lab sends a signal, and reads in the log what
//! came of it. What the kernel ends the process for is one attempt a signal.

use std::fs::OpenOptions;
use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::Command;

use rustix::net::listen;
use socket2::{Domain, Socket, Type};
use tokio::signal::unix::{SignalKind, signal};

use super::line::InitLine;
use crate::slot::errand::Errand;
use crate::slot::line::Wish;

/// Block devices, the firmware's mailbox, the watchdog, the kernel's log and memory, init's memory, the program itself.
const NEVER: [&str; 10] = [
    "/dev/vda",
    "/dev/mmcblk0",
    "/dev/vcio",
    "/dev/watchdog0",
    "/dev/kmsg",
    "/dev/mem",
    "/proc/1/mem",
    "/init",
    "/run/farseat/boot.toml",
    "/sys/kernel/config/usb_gadget/farseat/UDC",
];
const MESSAGES: usize = 10_000;

/// Waits for the lab's signals as long as the program runs.
pub(super) fn start(line: InitLine) {
    on(SignalKind::user_defined1(), open_everything);
    on(SignalKind::user_defined2(), || {
        let run = Command::new("/init").arg("--version").status();
        tell("run a program", run.map(drop));
    });
    on(SignalKind::window_change(), || {
        let pair = std::os::unix::net::UnixStream::pair();
        let listens = pair.and_then(|(one, _)| Ok(listen(&one, 1)?));
        tell("listen", listens);
    });
    on(SignalKind::alarm(), || {
        let socket = Socket::new(Domain::PACKET, Type::RAW, None);
        tell("hear the whole wire", socket.map(drop));
    });
    on(SignalKind::hangup(), || send_to("10.0.2.3:53"));
    on(SignalKind::quit(), || send_to("[fec0::3]:53"));
    // None that the kernel sends by itself: SIGPIPE would come of every connection that is cut; nobody asks for urgent bytes here.
    on(SignalKind::from_raw(libc::SIGURG), || {
        let called = TcpStream::connect(("10.0.2.2", 80));
        tell("call the router", called.map(drop));
    });
    on(SignalKind::io(), move || {
        let said = messages().try_for_each(|packet| line.say_all(&packet));
        tell("say what init must not do", said);
    });
}

fn on(kind: SignalKind, attempt: impl Fn() + Send + Sync + 'static) {
    let Ok(mut signals) = signal(kind) else {
        return;
    };
    let attempt = std::sync::Arc::new(attempt);
    tokio::spawn(async move {
        while signals.recv().await.is_some() {
            let attempt = std::sync::Arc::clone(&attempt);
            // Its end is seen in the log.
            let _ = tokio::task::spawn_blocking(move || attempt()).await;
        }
    });
}

fn open_everything() {
    for path in NEVER {
        let opened = OpenOptions::new().write(true).open(path);
        tell(&format!("open {path}"), opened.map(drop));
    }
    tell("make a file", std::fs::write("/made", ""));
    tell("make a file in /dev", std::fs::write("/dev/made", ""));
    log::info!("attempts: all opened");
}

/// A datagram, from any port.
fn send_to(address: &str) {
    let sent = address.parse().map_err(io::Error::other);
    let sent = sent.and_then(|there: SocketAddr| {
        let any = if there.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        UdpSocket::bind(any)?.send_to(b"word", there)
    });
    tell(&format!("send a word to {address}"), sent.map(drop));
}

fn tell(what: &str, done: io::Result<()>) {
    match done {
        Ok(()) => log::info!("attempt to {what}: DONE"),
        Err(error) => log::info!("attempt to {what}: refused: {error}"),
    }
}

/// Half of them noise, half errands of the right size with noise in every field. What is a wish that anybody may have
/// (a trial, a clock within its bounds) is left out.
fn messages() -> impl Iterator<Item = Vec<u8>> {
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    let all = (0..).map(move |turn| {
        let mut packet = if turn % 2 == 0 {
            noise.bytes(1 + turn % 90)
        } else {
            let sizes = [9, 9, 66, 14, 6, 1145];
            let kind = turn / 2 % sizes.len();
            let mut packet = noise.bytes(1 + sizes[kind]);
            (packet[0], packet[1]) = (11, u8::try_from(kind).unwrap_or_default() + 1);
            packet
        };
        packet.truncate(crate::slot::line::PACKET_LIMIT);
        packet
    });
    all.filter(|packet| {
        matches!(
            Wish::parse(packet),
            None | Some(Wish::Errand(
                Errand::Address { .. } | Errand::AllowIpv6 { .. }
            ))
        )
    })
    .take(MESSAGES)
}

/// Xorshift: the same in every run.
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let byte = |_| {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0.to_le_bytes()[3]
        };
        (0..length).map(byte).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_of_the_messages_are_errands_and_none_names_the_wired_link() {
        let errands = messages().filter_map(|packet| match Wish::parse(&packet) {
            Some(Wish::Errand(Errand::Address { link, .. } | Errand::AllowIpv6 { link, .. })) => {
                Some(link)
            }
            _ => None,
        });
        let links: Vec<u32> = errands.collect();
        assert!(links.len() > 10, "{}", links.len());
        assert!(links.iter().all(|link| *link > 100));
        assert_eq!(messages().count(), MESSAGES);
    }
}
