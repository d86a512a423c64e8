//! The line to init: standard input, which init has made a socket that keeps packets apart.
//!
//! Two speak on it: the [`pulse`](super::pulse), which never waits, and the updates, whose blocks wait for room. Packets
//! go out whole, so neither disturbs the other.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use crate::slot::line::{News, PACKET_LIMIT, Wish};
use crate::update;

/// Packets of the updates that wait for room on the line: a block, and the next one.
const PACKETS: usize = 2;
/// News that wait for the updates; the socket holds more.
const NEWS: usize = 64;

/// Cheap handle to the line.
#[derive(Clone)]
pub(super) struct InitLine(Arc<UnixStream>);

impl InitLine {
    /// Must be called inside a tokio runtime.
    pub(super) fn open() -> io::Result<InitLine> {
        InitLine::over(io::stdin().as_fd().try_clone_to_owned()?)
    }

    pub(super) fn over(socket: OwnedFd) -> io::Result<InitLine> {
        // A stream by name only: what is read and written below are packets.
        let socket = std::os::unix::net::UnixStream::from(socket);
        socket.set_nonblocking(true)?;
        Ok(InitLine(Arc::new(UnixStream::from_std(socket)?)))
    }

    /// Returns when init has made the data folder ready, which it says before anything else.
    ///
    /// # Errors
    /// Init has hung up.
    pub(super) async fn data_is_there(&self) -> io::Result<()> {
        let mut packet = vec![0; PACKET_LIMIT];
        loop {
            match hear(&self.0, &mut packet).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                length if News::parse(&packet[..length]) == Some(News::Data) => return Ok(()),
                _ => {}
            }
        }
    }

    /// Says something if there is room for it now.
    pub(super) fn say_now(&self, wish: Wish<'_>) -> io::Result<()> {
        say(&self.0, &wish.print())
    }

    /// The updates' end.
    pub(super) fn for_updates(&self) -> update::Line {
        let (say, said) = mpsc::channel(PACKETS);
        let (tell, hear) = mpsc::channel(NEWS);
        tokio::spawn(speak(self.0.clone(), said));
        tokio::spawn(listen(self.0.clone(), tell));
        update::Line { say, hear }
    }
}

async fn speak(line: Arc<UnixStream>, mut said: mpsc::Receiver<Vec<u8>>) {
    while let Some(packet) = said.recv().await {
        let sent = line
            .async_io(Interest::WRITABLE, || say(&line, &packet))
            .await;
        if let Err(error) = sent {
            return log::error!("speak with init: {error}");
        }
    }
}

async fn listen(line: Arc<UnixStream>, tell: mpsc::Sender<News>) {
    let mut packet = vec![0; PACKET_LIMIT];
    loop {
        match hear(&line, &mut packet).await {
            Ok(0) => return log::error!("init has hung up"),
            Ok(length) => {
                let Some(news) = News::parse(&packet[..length]) else {
                    log::error!("init says something that is no news: {length} bytes");
                    continue;
                };
                if tell.send(news).await.is_err() {
                    return;
                }
            }
            Err(error) => return log::error!("hear init: {error}"),
        }
    }
}

/// The length of the next packet; none = init has hung up.
async fn hear(line: &UnixStream, packet: &mut [u8]) -> io::Result<usize> {
    line.async_io(Interest::READABLE, || {
        Ok(recv(line, &mut *packet, RecvFlags::DONTWAIT)?.0)
    })
    .await
}

fn say(line: &UnixStream, packet: &[u8]) -> io::Result<()> {
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    send(line, packet, flags)?;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;

    /// Our end and init's.
    pub(crate) fn pair() -> (InitLine, OwnedFd) {
        let flags = SocketFlags::CLOEXEC;
        let (ours, init) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).expect("a pair");
        (InitLine::over(ours).expect("a line"), init)
    }

    #[tokio::test]
    async fn only_news_of_the_data_end_the_wait_for_it() {
        let (line, init) = pair();
        let waiting = tokio::spawn(async move { line.data_is_there().await });
        for news in [News::Installed, News::Data] {
            assert!(!waiting.is_finished());
            send(&init, &news.print(), SendFlags::empty()).expect("said");
        }
        waiting.await.expect("no panic").expect("heard");
    }

    #[tokio::test]
    async fn without_init_there_is_nothing_to_wait_for() {
        let (line, init) = pair();
        drop(init);
        assert!(line.data_is_there().await.is_err());
    }

    #[tokio::test]
    async fn blocks_wait_for_room_and_arrive_whole_and_in_order() {
        let (line, init) = pair();
        let updates = line.for_updates();
        let block = vec![7; crate::slot::bundle::BLOCK];
        let sending = tokio::spawn(async move {
            for index in 0..20 {
                let wish = Wish::Block {
                    index,
                    bytes: &block,
                };
                updates.say.send(wish.print()).await.expect("said");
            }
            updates
        });
        let read = tokio::task::spawn_blocking(move || {
            let mut packet = vec![0; PACKET_LIMIT + 1];
            for index in 0..20 {
                let (length, _) = recv(&init, &mut packet[..], RecvFlags::empty()).expect("read");
                let wish = Wish::parse(&packet[..length]);
                assert!(matches!(wish, Some(Wish::Block { index: at, .. }) if at == index));
            }
            init
        });
        let init = read.await.expect("no panic");
        let mut updates = sending.await.expect("no panic");
        for packet in [&b"no news"[..], &News::Written(3).print()] {
            send(&init, packet, SendFlags::empty()).expect("told");
        }
        assert_eq!(updates.hear.recv().await, Some(News::Written(3)));
        drop(init);
        assert_eq!(updates.hear.recv().await, None);
    }
}
