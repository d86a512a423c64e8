//! An access point that is real but for its waves: hostapd on the machine's second radio, which is moved into a network of its
//! own, so that everything between it and the appliance goes through the air. Beside it, on each of its networks, an
//! answerer of DHCP that knows one address.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::{ROOT, sys};

const HOSTAPD: &str = "/lab/hostapd";
const CONFIGURATION: &str = "/tmp/hostapd.conf";
const RADIO: &str = "wlan1";
/// What hostapd says when the air is its own.
const STANDS: &str = "AP-ENABLED";
const KNOCK: Duration = Duration::from_secs(5);

/// A way into that network.
pub(crate) struct Air(Sender<Call>);

type Call = (SocketAddr, Sender<io::Result<()>>);

impl Air {
    /// Starts it; it stands when this returns. `configuration` is hostapd's: its networks are named `wlan1`, `wlan1_1` and so
    /// on, and have the addresses 10.9.0.1, 10.9.1.1 and so on.
    pub(crate) fn access_point(configuration: &str) -> io::Result<Self> {
        fs::write(CONFIGURATION, configuration)?;
        let networks = configuration
            .lines()
            .filter(|line| line.starts_with("interface=") || line.starts_with("bss="));
        let networks = networks.count();
        let (calls, called) = channel();
        with_radio(RADIO, move || {
            let hostapd = stand(networks)?;
            Ok(move || serve(&called, hostapd))
        })?;
        Ok(Self(calls))
    }

    /// Calls from that network, through the air.
    pub(crate) fn knock(&self, to: SocketAddr) -> io::Result<()> {
        let (answer, answered) = channel();
        let lost = || io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.send((to, answer)).map_err(|_| lost())?;
        answered.recv().map_err(|_| lost())?
    }
}

/// Does this in a thread that has a network of its own with one of the machine's radios in it; what it leads to goes on there.
pub(crate) fn with_radio<T: FnOnce() + Send + 'static>(
    radio: &str,
    begin: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<()> {
    let (tell, told) = channel();
    let (go, gone) = channel();
    std::thread::Builder::new()
        .name("air".into())
        .spawn(move || {
            let own =
                sys::take_own_network().map(|()| rustix::thread::gettid().as_raw_nonzero().get());
            let _ = tell.send(own);
            if gone.recv().is_err() {
                return;
            }
            match begin() {
                Ok(go_on) => {
                    let _ = tell.send(Ok(0));
                    go_on();
                }
                Err(error) => drop(tell.send(Err(error))),
            }
        })?;
    let lost = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    let thread = told.recv().map_err(lost)??;
    let index = fs::read_to_string(format!("{ROOT}/sys/class/net/{radio}/phy80211/index"))?;
    let index = index.trim().parse().map_err(io::Error::other)?;
    crate::nl80211::move_radio(index, thread)?;
    go.send(())
        .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
    told.recv().map_err(lost)??;
    Ok(())
}

/// Brings the access point up, in this thread's network.
fn stand(networks: usize) -> io::Result<Child> {
    let mut hostapd = Command::new(HOSTAPD)
        .arg(CONFIGURATION)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut words = BufReader::new(hostapd.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
    let mut said = String::new();
    while !said.contains(STANDS) {
        if words.read_line(&mut said)? == 0 {
            return Err(io::Error::other(format!("hostapd: {said}")));
        }
    }
    // What it says later is for nobody, but has to go somewhere.
    std::thread::spawn(move || io::copy(&mut words, &mut io::sink()));
    for network in 0..networks {
        let name = match network {
            0 => RADIO.to_owned(),
            more => format!("{RADIO}_{more}"),
        };
        let number = u8::try_from(network).map_err(io::Error::other)?;
        let own = Ipv4Addr::new(10, 9, number, 1);
        sys::give_address(&name, own)?;
        let socket = dhcp_socket(&name, 67)?;
        std::thread::spawn(move || answer_dhcp(&socket, own));
    }
    Ok(hostapd)
}

fn serve(called: &Receiver<Call>, _hostapd: Child) {
    while let Ok((to, answer)) = called.recv() {
        let _ = answer.send(TcpStream::connect_timeout(&to, KNOCK).map(drop));
    }
}

pub(crate) fn dhcp_socket(link: &str, port: u16) -> io::Result<UdpSocket> {
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::DGRAM,
        None,
    )?;
    rustix::net::sockopt::set_socket_broadcast(&socket, true)?;
    rustix::net::sockopt::set_socket_reuseaddr(&socket, true)?;
    sys::bind_to_link(&socket, link)?;
    let any = std::net::SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port);
    rustix::net::bind(&socket, &any)?;
    Ok(socket.into())
}

fn answer_dhcp(socket: &UdpSocket, own: Ipv4Addr) {
    let mut packet = [0; 1500];
    while let Ok(length) = socket.recv(&mut packet) {
        if let Some(answer) = answer(&packet[..length], own) {
            let _ = socket.send_to(&answer, (Ipv4Addr::BROADCAST, 68));
        }
    }
}

/// RFC 2131: an offer, or a yes. The one address is the next to our own.
fn answer(question: &[u8], own: Ipv4Addr) -> Option<Vec<u8>> {
    const HEAD: usize = 236;
    const COOKIE: [u8; 4] = [99, 130, 83, 99];
    let mut options = question.get(HEAD..)?.strip_prefix(&COOKIE)?;
    let kind = loop {
        match options {
            [53, 1, kind, ..] => break *kind,
            [0, rest @ ..] => options = rest,
            [255, ..] | [] | [_] => return None,
            [_, length, rest @ ..] => options = rest.get(usize::from(*length)..)?,
        }
    };
    let answer = match kind {
        1 => 2,
        3 => 5,
        _ => return None,
    };
    let [a, b, c, _] = own.octets();
    let mut head = question.get(..HEAD)?.to_vec();
    head[0] = 2;
    head[16..20].copy_from_slice(&[a, b, c, 2]);
    head[20..24].copy_from_slice(&own.octets());
    head.extend(COOKIE);
    head.extend([53, 1, answer, 51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0]);
    for option in [54, 3] {
        head.extend([option, 4]);
        head.extend(own.octets());
    }
    head.push(255);
    head.resize(300, 0);
    Some(head)
}
