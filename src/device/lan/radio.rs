//! The real program that joins wireless networks: the real side of [`radio`](crate::radio). Init starts it and hands over a
//! socket to it, and says whether there is a radio; what comes from the program is passed on as it is.

use std::io;
use std::os::fd::OwnedFd;

use tokio::net::UnixDatagram;
use tokio::sync::mpsc;

use crate::radio::{Heard, Radio, RadioCable};

/// The service fetches news as soon as there is some; the program's own buffer holds more.
const NEWS: usize = 16;
/// One command waits for its answer; a storm is none.
const ORDERS: usize = 16;
/// The program's longest answer (REPLY_SIZE of its `ctrl_iface.h`), and its longest event.
const LONGEST: usize = 4096;

/// Has init start the program, or end it.
type Run = Box<dyn Fn(bool) -> io::Result<()> + Send>;

enum Order {
    Run(bool),
    Say(String),
}

/// What init tells of it.
pub struct Told {
    /// Whether there is one.
    pub hardware: mpsc::Receiver<bool>,
    /// Those to the programs that it has started.
    pub sockets: mpsc::Receiver<OwnedFd>,
}

/// Plugs the machine's radio in, whether it has one or not. Must be called inside a tokio runtime.
#[must_use]
pub fn open_radio(run: impl Fn(bool) -> io::Result<()> + Send + 'static, told: Told) -> RadioCable {
    let (orders, ordered) = mpsc::channel(ORDERS);
    let (up, news) = mpsc::channel(NEWS);
    let task = Task {
        run: Box::new(run),
        program: None,
        up,
    };
    tokio::spawn(task.run(ordered, told));
    RadioCable {
        radio: Box::new(Orders(orders)),
        news,
    }
}

struct Orders(mpsc::Sender<Order>);

impl Orders {
    fn order(&self, order: Order) {
        if let Err(error) = self.0.try_send(order) {
            log::warn!("the radio takes no orders: {error}");
        }
    }
}

impl Radio for Orders {
    fn run(&mut self, wanted: bool) {
        self.order(Order::Run(wanted));
    }

    fn say(&mut self, command: &str) {
        self.order(Order::Say(command.to_owned()));
    }
}

struct Task {
    run: Run,
    program: Option<UnixDatagram>,
    up: mpsc::Sender<Heard>,
}

impl Task {
    /// Runs until the service ends.
    async fn run(mut self, mut orders: mpsc::Receiver<Order>, mut told: Told) {
        let mut packet = vec![0; LONGEST];
        loop {
            tokio::select! {
                Some(there) = told.hardware.recv() => self.tell(Heard::Hardware(there)).await,
                order = orders.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => return,
                },
                Some(socket) = told.sockets.recv() => self.follow(socket).await,
                said = hear(self.program.as_ref(), &mut packet) => self.tell(Heard::Said(said)).await,
            }
        }
    }

    /// A service that has ended hears nothing.
    async fn tell(&mut self, heard: Heard) {
        let _ = self.up.send(heard).await;
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Run(wanted) => {
                // What the last one still says is nobody's business any more.
                self.program = None;
                if let Err(error) = (self.run)(wanted) {
                    log::warn!("ask init for the radio's program: {error}");
                }
            }
            Order::Say(command) => {
                let Some(program) = &self.program else { return };
                if let Err(error) = program.send(command.as_bytes()).await {
                    log::debug!("speak with the radio's program: {error}");
                }
            }
        }
    }

    async fn follow(&mut self, socket: OwnedFd) {
        let socket = std::os::unix::net::UnixDatagram::from(socket);
        let program = socket
            .set_nonblocking(true)
            .and_then(|()| UnixDatagram::from_std(socket));
        match program {
            Ok(program) => {
                self.program = Some(program);
                self.tell(Heard::Runs).await;
            }
            Err(error) => log::warn!("use the socket to the radio's program: {error}"),
        }
    }
}

/// Its next packet.
async fn hear(program: Option<&UnixDatagram>, packet: &mut [u8]) -> Vec<u8> {
    let Some(program) = program else {
        return std::future::pending().await;
    };
    loop {
        match program.recv(packet).await {
            Ok(length) => return packet[..length].to_vec(),
            // It has ended; init starts another one.
            Err(error) => log::debug!("hear the radio's program: {error}"),
        }
    }
}
