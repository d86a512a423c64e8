//! Lends the cables of a running machine to other programs: lines of JSON over TCP on the loopback.
//!
//! Every client hears what the target's input devices say; every client may ask, and is answered with the `id` that it
//! chose.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use farseat_lab::dongle::{mjpeg_dongle, yuyv_dongle};
use farseat_lab::lab::Lab;
use farseat_lab::picture::{Colour, Picture};
use farseat_lab::target::TargetError;
use farseat_lab_agent::{Command, Report};
use serde::Deserialize;
use tokio::task::JoinHandle;

/// Longer than any machine runs.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// A line from a client: one of the three.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Dongle {
        id: u64,
        #[serde(flatten)]
        order: DongleOrder,
    },
    Usb {
        id: u64,
        usb: UsbOrder,
    },
    Agent {
        id: u64,
        #[serde(flatten)]
        command: Command,
    },
}

#[derive(Deserialize)]
#[serde(tag = "dongle", rename_all = "kebab-case")]
enum DongleOrder {
    /// Plug in; `yuyv` for a dongle without a JPEG encoder.
    Plug {
        #[serde(default)]
        yuyv: bool,
        left: [u8; 3],
        right: [u8; 3],
    },
    Unplug,
    Show {
        left: [u8; 3],
        right: [u8; 3],
    },
    Freeze,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum UsbOrder {
    Sleep,
    Wake,
    Deconfigure,
    Configure,
    Pull,
    Plug,
    Unbind,
    /// Not USB, but the other thing that goes wrong: end the process that serves.
    KillServe,
}

/// Who listens, and what they missed.
#[derive(Default)]
struct Clients {
    streams: Vec<TcpStream>,
    present: Vec<Report>,
}

/// Serves clients until `ended` is done; then ends the machine.
pub(crate) fn serve(
    lab: Lab,
    listener: TcpListener,
    ended: JoinHandle<io::Result<()>>,
) -> io::Result<()> {
    let clients = Arc::new(Mutex::new(Clients::default()));
    let reports = lab.target().reports().clone();
    let handle = lab.runtime().handle().clone();
    let lab = Arc::new(Mutex::new(lab));
    let heard = Arc::clone(&clients);
    spawn("reports", move || {
        while let Ok(report) = reports.wait(FOREVER, |_| true) {
            broadcast(&heard, report);
        }
    })?;
    let desk = Arc::clone(&lab);
    spawn("clients", move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (clients, lab) = (Arc::clone(&clients), Arc::clone(&desk));
            // A client that hangs up early is no reason to stop.
            let _ = spawn("client", move || attend(&stream, &clients, &lab));
        }
    })?;
    handle.block_on(ended).map_err(io::Error::other)??;
    locked(&lab).shut_down();
    Ok(())
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(body)
        .map(|_| ())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn broadcast(clients: &Mutex<Clients>, report: Report) {
    let mut clients = locked(clients);
    match &report {
        Report::Found { .. } => clients.present.push(report.clone()),
        Report::Lost { node: lost, .. } => {
            clients
                .present
                .retain(|present| !matches!(present, Report::Found { node, .. } if node == lost));
        }
        Report::Input { .. } => {}
        // Answers belong to whoever asked.
        _ => return,
    }
    clients
        .streams
        .retain(|stream| say(stream, &report).is_ok());
}

fn say(mut stream: &TcpStream, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    stream.write_all(&line)
}

fn attend(stream: &TcpStream, clients: &Mutex<Clients>, lab: &Mutex<Lab>) {
    let Ok(ears) = stream.try_clone() else { return };
    {
        let mut clients = locked(clients);
        for present in &clients.present {
            // A failure shows at the next line that is read.
            let _ = say(stream, present);
        }
        clients.streams.push(ears);
    }
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let answer = match serde_json::from_str(&line) {
            Ok(line) => carry_out(line, &mut locked(lab)),
            Err(error) => Report::Failed {
                id: 0,
                error: error.to_string(),
            },
        };
        let _list = locked(clients);
        if say(stream, &answer).is_err() {
            return;
        }
    }
}

fn carry_out(line: Line, lab: &mut Lab) -> Report {
    let (id, done) = match line {
        Line::Dongle { id, order } => (
            id,
            dongle(order, lab)
                .map(|()| String::new())
                .map_err(|error| error.to_string()),
        ),
        Line::Usb { id, usb: order } => (
            id,
            usb(&order, lab)
                .map(|()| String::new())
                .map_err(|error| error.to_string()),
        ),
        Line::Agent { id, command } => (
            id,
            lab.target().ask(command).map_err(|error| error.to_string()),
        ),
    };
    match done {
        Ok(value) => Report::Done { id, value },
        Err(error) => Report::Failed { id, error },
    }
}

fn dongle(order: DongleOrder, lab: &mut Lab) -> io::Result<()> {
    let halves =
        |[r, g, b]: [u8; 3], [s, h, c]: [u8; 3]| Picture::Halves(Colour(r, g, b), Colour(s, h, c));
    let dongle = lab.dongle();
    match order {
        DongleOrder::Plug { yuyv, left, right } => {
            dongle.plug(
                if yuyv { yuyv_dongle() } else { mjpeg_dongle() },
                halves(left, right),
            )?;
        }
        DongleOrder::Unplug => dongle.unplug(),
        DongleOrder::Show { left, right } => dongle.show(halves(left, right)),
        DongleOrder::Freeze => dongle.freeze(),
    }
    Ok(())
}

fn usb(order: &UsbOrder, lab: &Lab) -> Result<(), TargetError> {
    let target = lab.target();
    match order {
        UsbOrder::Sleep => target.sleep(),
        UsbOrder::Wake => target.wake(),
        UsbOrder::Deconfigure => target.deconfigure(),
        UsbOrder::Configure => target.configure(),
        UsbOrder::Pull => target.pull_cable(),
        UsbOrder::Plug => target.plug_cable(),
        UsbOrder::Unbind => target.unbind(),
        UsbOrder::KillServe => target
            .serve_process()?
            .map_or(Ok(()), |process| target.kill(process.pid)),
    }
}
