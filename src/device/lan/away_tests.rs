use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use super::*;
use crate::lan::{Addressing, HardwareAddress, Packet};
use crate::sys::pass;

/// `serve`'s side, with a test for init and for the process.
struct Rig {
    orders: mpsc::Sender<Order>,
    announcement: watch::Sender<Option<Announcement>>,
    news: mpsc::Receiver<News>,
    /// The process' ends of the lines that were asked for.
    processes: mpsc::Receiver<OwnedFd>,
    errands: Arc<Mutex<Vec<Vec<u8>>>>,
}

fn rig() -> Rig {
    let (orders, ordered) = mpsc::channel(8);
    let (up, news) = mpsc::channel(8);
    let (started, processes) = mpsc::channel(8);
    let (hand, lines) = mpsc::channel(8);
    let announcement = watch::Sender::new(None);
    let errands = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let asked = Arc::clone(&errands);
    let ask: Ask = Arc::new(move |errand| {
        asked.lock().expect("no panic").push(errand.print());
    });
    let start = Box::new(move || {
        let (ours, its) = pass::pair()?;
        started.try_send(its).map_err(io::Error::other)?;
        hand.try_send(ours).map_err(io::Error::other)
    });
    let speaker = Envoy { start, lines };
    let away = Away::new(ask, speaker, announcement.subscribe(), up);
    tokio::spawn(away.run(ordered));
    Rig {
        orders,
        announcement,
        news,
        processes,
        errands,
    }
}

impl Rig {
    async fn process(&mut self) -> UnixStream {
        stream(self.processes.recv().await.expect("asked for")).expect("a line")
    }
}

async fn wanted(process: &UnixStream) -> Wanted {
    let mut packet = vec![0; wire::LIMIT];
    let length = hear(process, &mut packet).await.expect("heard");
    Wanted::parse(&packet[..length]).expect("something wanted")
}

fn tell(process: &UnixStream, news: News) {
    say(process, &wire::print_news(news)).expect("told");
}

fn link(index: u32) -> News {
    News::Link(Some(Link {
        index,
        name: "eth0".to_owned(),
        hardware_address: HardwareAddress([2; 6]),
        carrier: true,
        wireless: false,
    }))
}

fn announcement() -> Announcement {
    Announcement {
        name: "rack-7".to_owned(),
        addresses: Vec::new(),
        port: 443,
    }
}

#[tokio::test]
async fn a_process_that_ends_is_replaced_and_told_what_is_announced() {
    let mut rig = rig();
    let first = rig.process().await;
    assert_eq!(wanted(&first).await, Wanted::Announce(None));
    rig.announcement.send_replace(Some(announcement()));
    let announced = || Wanted::Announce(Some(announcement()));
    assert_eq!(wanted(&first).await, announced());
    tell(&first, link(2));
    assert_eq!(rig.news.recv().await, Some(link(2)));
    drop(first);
    let second = rig.process().await;
    assert_eq!(wanted(&second).await, announced());
    // What it tells anew is no news, what it tells next is.
    tell(&second, link(2));
    tell(&second, News::Link(None));
    assert_eq!(rig.news.recv().await, Some(News::Link(None)));
}

#[tokio::test]
async fn one_that_talks_nonsense_is_hung_up_on() {
    let mut rig = rig();
    let first = rig.process().await;
    say(&first, b"nonsense").expect("said");
    let _second = rig.process().await;
}

#[tokio::test]
async fn init_gives_the_address_and_the_process_sends_the_packets() {
    let mut rig = rig();
    let process = rig.process().await;
    assert_eq!(wanted(&process).await, Wanted::Announce(None));
    tell(&process, link(7));
    rig.news.recv().await.expect("the link");
    let address = Addressing {
        address: Some(([192, 0, 2, 7].into(), 24)),
        router: None,
    };
    let order = Order::Configure(address.clone());
    rig.orders.send(order).await.expect("ordered");
    let packet = Packet::Arp([7; 28]);
    let order = Order::Send(packet.clone());
    rig.orders.send(order).await.expect("ordered");
    assert_eq!(wanted(&process).await, Wanted::Send(packet));
    let errand = Errand::Address {
        link: 7,
        address: address.address,
        router: None,
    };
    assert_eq!(*rig.errands.lock().expect("no panic"), [errand.print()]);
}
