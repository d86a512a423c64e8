//! The HDMI-USB dongle, played from outside the virtual machine.
//!
//! QEMU waits on a socket for a redirected USB device: to connect is to plug in, to hang up is to unplug. The
//! [`device`] decides, this module moves bytes and keeps time.

pub(crate) mod device;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub use self::device::Happening;
use self::device::{Device, Faults};
use crate::inbox::Inbox;
use crate::picture::Picture;
use crate::usbredir::Decoder;
use crate::uvc::{Format, Mode, Offer};

/// What the MS2109 offers, at rates that an emulated processor can take.
#[must_use]
pub fn mjpeg_dongle() -> Offer {
    Offer(vec![(
        Format::Mjpeg,
        vec![
            Mode::new(1280, 720, 20),
            Mode::new(1920, 1080, 10),
            Mode::new(640, 480, 30),
        ],
    )])
}

/// A dongle without a JPEG encoder.
#[must_use]
pub fn yuyv_dongle() -> Offer {
    Offer(vec![(Format::Yuyv, vec![Mode::new(640, 480, 10)])])
}

enum Order {
    Show(Picture),
    Misbehave(Faults),
}

/// The dongle; unplugged at first.
pub struct Dongle {
    socket: PathBuf,
    runtime: Handle,
    happenings: Inbox<Happening>,
    plugged: Option<(mpsc::UnboundedSender<Order>, JoinHandle<()>)>,
    faults: Faults,
}

impl Dongle {
    pub(crate) fn new(socket: PathBuf, runtime: Handle) -> Self {
        Self {
            socket,
            runtime,
            happenings: Inbox::default(),
            plugged: None,
            faults: Faults::default(),
        }
    }

    /// Plugs a dongle with these formats in, showing `picture`.
    ///
    /// # Errors
    /// QEMU does not take the connection.
    pub fn plug(&mut self, offer: Offer, picture: Picture) -> io::Result<()> {
        self.unplug();
        let stream = self.runtime.block_on(UnixStream::connect(&self.socket))?;
        let mut device = Device::new(offer, picture, Instant::now());
        device.faults = self.faults;
        let (orders, inbox) = mpsc::unbounded_channel();
        let wire = Wire {
            stream,
            device,
            orders: inbox,
            happenings: self.happenings.clone(),
        };
        let task = self.runtime.spawn(async move {
            if let Err(error) = wire.run().await {
                eprintln!("lab dongle: {error}");
            }
        });
        self.plugged = Some((orders, task));
        Ok(())
    }

    /// Pulls the dongle out. Nothing happens when it is out.
    pub fn unplug(&mut self) {
        if let Some((orders, task)) = self.plugged.take() {
            drop(orders);
            // Ends when it has hung up; QEMU takes one connection at a time.
            let _ = self.runtime.block_on(task);
        }
    }

    /// Shows another picture from the next frame on.
    pub fn show(&self, picture: Picture) {
        self.order(Order::Show(picture));
    }

    /// Sends nothing more until the appliance starts the stream anew.
    pub fn freeze(&mut self) {
        self.misbehave(Faults {
            frozen: true,
            ..self.faults
        });
    }

    /// Begins every stream with this many frames of noise. Survives unplugging.
    pub fn start_with_garbage(&mut self, frames: u32) {
        self.faults.garbage_first = frames;
        self.misbehave(self.faults);
    }

    /// Cuts the next `count` frames in the middle.
    pub fn truncate_frames(&mut self, count: u32) {
        self.misbehave(Faults {
            truncate: count,
            ..self.faults
        });
    }

    /// What happened at the dongle's end.
    #[must_use]
    pub fn happenings(&self) -> &Inbox<Happening> {
        &self.happenings
    }

    fn misbehave(&self, faults: Faults) {
        self.order(Order::Misbehave(faults));
    }

    fn order(&self, order: Order) {
        if let Some((orders, _)) = &self.plugged {
            // A failed send means that QEMU hung up first: the machine is gone and the next wait will say so.
            let _ = orders.send(order);
        }
    }
}

struct Wire {
    stream: UnixStream,
    device: Device,
    orders: mpsc::UnboundedReceiver<Order>,
    happenings: Inbox<Happening>,
}

impl Wire {
    async fn run(mut self) -> io::Result<()> {
        let mut decoder = Decoder::default();
        self.stream.write_all(&self.device.greeting()).await?;
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let (bytes, due) = self.device.pump(Instant::now());
            self.stream.write_all(&bytes).await?;
            self.device
                .happened
                .drain(..)
                .for_each(|happening| self.happenings.push(happening));
            let wait = due.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Show(picture)) => self.device.picture = picture,
                    Some(Order::Misbehave(faults)) => self.device.faults = faults,
                    None => return Ok(()),
                },
                length = self.stream.read(&mut chunk) => match length? {
                    0 => return Ok(()),
                    length => {
                        decoder.feed(&chunk[..length]);
                        self.answer_all(&mut decoder).await?;
                    }
                },
                () = tokio::time::sleep_until(wait.into()) => {}
            }
        }
    }

    async fn answer_all(&mut self, decoder: &mut Decoder) -> io::Result<()> {
        while let Some(packet) = decoder
            .next()
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?
        {
            let bytes = self.device.answer(packet, Instant::now());
            self.stream.write_all(&bytes).await?;
        }
        Ok(())
    }
}
