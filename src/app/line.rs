//! The line to init: standard input, which init has made a socket that keeps packets apart.
//!
//! Three speak on it: the [`pulse`](super::pulse), which never waits, the updates, whose blocks wait for room, and errands.
//! Packets go out whole, so none disturbs another.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use crate::device::errand::Ask;
use crate::device::packets::{say, say_in_turn, stream};
use crate::slot::errand::Errand;
use crate::slot::line::{News, PACKET_LIMIT, Wish};
use crate::sys::pass;
use crate::system::{FactoryReset, PowerSwitch};
use crate::update;

/// Packets of the updates that wait for room on the line: a block, and the next one.
const PACKETS: usize = 2;
/// Errands that wait: there are six kinds, and the newest of a kind counts.
const ERRANDS: usize = 16;
/// News that wait for the updates; the socket holds more.
const NEWS: usize = 64;

/// The line before there is a runtime.
pub(super) struct Line(OwnedFd);

impl Line {
    pub(super) fn open() -> io::Result<Line> {
        Ok(Line(io::stdin().as_fd().try_clone_to_owned()?))
    }

    /// Returns when init has told this; whatever it tells before is for nobody.
    ///
    /// # Errors
    /// Init has hung up.
    pub(super) fn wait_for(&self, wanted: &News) -> io::Result<()> {
        let mut packet = vec![0; PACKET_LIMIT];
        loop {
            match recv(&self.0, &mut packet[..], RecvFlags::DONTWAIT) {
                Ok((0, _)) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok((length, _)) if News::parse(&packet[..length]).as_ref() == Some(wanted) => {
                    return Ok(());
                }
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    // An interrupted wait is a short one.
                    let _ = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], None);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Says something if there is room for it now, which there is as long as nobody else speaks.
    pub(super) fn say(&self, wish: Wish<'_>) -> io::Result<()> {
        say(&self.0, &wish.print())
    }
}

/// Cheap handle to the line.
#[derive(Clone)]
pub(super) struct InitLine(Arc<UnixStream>);

impl InitLine {
    /// Must be called inside a tokio runtime.
    pub(super) fn over(line: Line) -> io::Result<InitLine> {
        Ok(InitLine(Arc::new(stream(line.0)?)))
    }

    /// What needs privileges, asked of init. Errands wait for room behind a block of an update, no longer.
    pub(super) fn for_errands(&self) -> Ask {
        let (ask, asked) = mpsc::channel(ERRANDS);
        tokio::spawn(speak(self.0.clone(), asked));
        Arc::new(move |errand: &Errand<'_>| {
            if let Err(error) = ask.try_send(Wish::Errand(*errand).print()) {
                log::error!("init takes no errands: {error}");
            }
        })
    }

    /// Forgets all data and restarts, when it is called.
    pub(super) fn for_reset(&self) -> FactoryReset {
        let init = self.clone();
        FactoryReset::by(move || init.say_now(Wish::FactoryReset))
    }

    /// Ends the machine, when it is called. Waits for room behind a block of an update: an update that hangs is a reason to restart.
    pub(super) fn for_power(&self) -> PowerSwitch {
        let (order, orders) = mpsc::channel(1);
        tokio::spawn(speak(self.0.clone(), orders));
        PowerSwitch::by(move |power| {
            let sent = order.try_send(Wish::Power(power).print());
            sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
        })
    }

    /// Says something if there is room for it now.
    pub(super) fn say_now(&self, wish: Wish<'_>) -> io::Result<()> {
        say(&self.0, &wish.print())
    }

    /// Says something, however long that takes. Blocks.
    #[cfg(feature = "development")]
    pub(super) fn say_all(&self, packet: &[u8]) -> io::Result<()> {
        loop {
            match say(&*self.0, packet) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let _ = poll(&mut [PollFd::new(&*self.0, PollFlags::OUT)], None);
                }
                said => return said,
            }
        }
    }

    /// What init tells, by whom it is for.
    pub(super) fn for_news(&self) -> Heard {
        let (say, said) = mpsc::channel(PACKETS);
        let (tell, hear) = mpsc::channel(NEWS);
        let (fetcher, fetchers) = mpsc::channel(1);
        let (speaker, speakers) = mpsc::channel(1);
        let (radio, radios) = mpsc::channel(1);
        let (hardware, has_radio) = mpsc::channel(NEWS);
        tokio::spawn(speak(self.0.clone(), said));
        let ears = Ears {
            updates: tell,
            fetcher,
            speaker,
            radio,
            hardware,
        };
        tokio::spawn(listen(self.0.clone(), ears));
        Heard {
            updates: update::Line { say, hear },
            fetchers,
            speakers,
            radios,
            has_radio,
        }
    }
}

/// The updates' end, and the lines to the processes that fetch and speak.
pub(super) struct Heard {
    pub(super) updates: update::Line,
    pub(super) fetchers: mpsc::Receiver<OwnedFd>,
    pub(super) speakers: mpsc::Receiver<OwnedFd>,
    /// The sockets to what joins wireless networks, and whether there is a radio.
    pub(super) radios: mpsc::Receiver<OwnedFd>,
    pub(super) has_radio: mpsc::Receiver<bool>,
}

struct Ears {
    updates: mpsc::Sender<News>,
    fetcher: mpsc::Sender<OwnedFd>,
    speaker: mpsc::Sender<OwnedFd>,
    radio: mpsc::Sender<OwnedFd>,
    hardware: mpsc::Sender<bool>,
}

async fn speak(line: Arc<UnixStream>, mut said: mpsc::Receiver<Vec<u8>>) {
    while let Some(packet) = said.recv().await {
        if let Err(error) = say_in_turn(&line, &packet).await {
            return log::error!("speak with init: {error}");
        }
    }
}

async fn listen(line: Arc<UnixStream>, ears: Ears) {
    let mut packet = vec![0; PACKET_LIMIT];
    loop {
        let (length, beside) = match hear(&line, &mut packet).await {
            Ok((0, _)) => return log::error!("init has hung up"),
            Ok(heard) => heard,
            Err(error) => return log::error!("hear init: {error}"),
        };
        match News::parse(&packet[..length]) {
            None => log::error!("init says something that is no news: {length} bytes"),
            // One that nobody waits for any more ends by itself.
            Some(News::Fetcher) => drop(beside.map(|line| ears.fetcher.try_send(line))),
            Some(News::Speaker) => drop(beside.map(|line| ears.speaker.try_send(line))),
            Some(News::Radio) => drop(beside.map(|socket| ears.radio.try_send(socket))),
            Some(News::HasRadio(there)) => drop(ears.hardware.try_send(there)),
            // Of a step that nobody waits for any more.
            Some(News::Clock) => {}
            Some(news) => {
                if ears.updates.send(news).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The length of the next packet, and what came beside it; none = init has hung up.
async fn hear(line: &UnixStream, packet: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    line.async_io(Interest::READABLE, || pass::receive(line, packet))
        .await
}

#[cfg(test)]
pub(super) mod tests {
    use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, send, socketpair};

    use crate::slot::line::Power;

    use super::*;

    fn ends() -> (OwnedFd, OwnedFd) {
        let flags = SocketFlags::CLOEXEC;
        socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).expect("a pair")
    }

    /// Our end and init's.
    pub(crate) fn pair() -> (InitLine, OwnedFd) {
        let (ours, init) = ends();
        (InitLine::over(Line(ours)).expect("a line"), init)
    }

    #[test]
    fn only_the_news_that_is_waited_for_ends_the_wait() {
        let (line, init) = ends();
        let line = Line(line);
        for news in [News::Installed, News::Data, News::Clock] {
            send(&init, &news.print(), SendFlags::empty()).expect("told");
        }
        line.wait_for(&News::Data).expect("heard");
        let waiting = std::thread::spawn(move || (line.wait_for(&News::Data), line));
        send(&init, &News::Data.print(), SendFlags::empty()).expect("told");
        let (heard, line) = waiting.join().expect("no panic");
        heard.expect("heard, after the clock");
        drop(init);
        assert!(line.wait_for(&News::Data).is_err(), "init has hung up");
    }

    #[tokio::test]
    async fn errands_go_to_init_in_their_order() {
        let (line, init) = pair();
        let ask = line.for_errands();
        for name in ["rack-1", "rack-2"] {
            ask(&Errand::HostName(name));
        }
        let read = tokio::task::spawn_blocking(move || {
            let mut packet = [0; 128];
            ["rack-1", "rack-2"].map(|name| {
                let (length, _) = recv(&init, &mut packet[..], RecvFlags::empty()).expect("read");
                Wish::parse(&packet[..length]) == Some(Wish::Errand(Errand::HostName(name)))
            })
        });
        assert_eq!(read.await.expect("no panic"), [true, true]);
    }

    #[tokio::test]
    async fn the_end_waits_behind_the_blocks_of_an_update_and_is_heard() {
        let (line, init) = pair();
        let block = Wish::Block {
            index: 0,
            bytes: &[7; 4096],
        }
        .print();
        while say(&*line.0, &block).is_ok() {}
        line.for_power().press(Power::Off, || ()).expect("ordered");
        let read = tokio::task::spawn_blocking(move || {
            let mut packet = vec![0; PACKET_LIMIT];
            loop {
                let (length, _) = recv(&init, &mut packet[..], RecvFlags::empty()).expect("read");
                if let Some(Wish::Power(power)) = Wish::parse(&packet[..length]) {
                    return power;
                }
            }
        });
        assert_eq!(read.await.expect("no panic"), Power::Off);
    }

    #[tokio::test]
    async fn blocks_wait_for_room_and_arrive_whole_and_in_order() {
        let (line, init) = pair();
        let Heard {
            updates,
            mut fetchers,
            mut speakers,
            mut radios,
            mut has_radio,
        } = line.for_news();
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
        pass::send(&init, &News::Fetcher.print(), &init).expect("handed over");
        assert!(fetchers.recv().await.is_some(), "one that fetches");
        pass::send(&init, &News::Speaker.print(), &init).expect("handed over");
        assert!(speakers.recv().await.is_some(), "one that speaks");
        pass::send(&init, &News::Radio.print(), &init).expect("handed over");
        assert!(radios.recv().await.is_some(), "the socket to the radio");
        send(&init, &News::HasRadio(true).print(), SendFlags::empty()).expect("told");
        assert_eq!(has_radio.recv().await, Some(true));
        drop(init);
        assert_eq!(updates.hear.recv().await, None);
    }
}
