//! Somebody with a phone: joins the appliance's own network with the machine's third radio, from a network of its own, gets an
//! address there, and looks whether the page answers.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::air::{dhcp_socket, with_radio};
use crate::{ROOT, sys};

const RADIO: &str = "wlan2";
/// The appliance's own program, as a second one.
const PROGRAM: &str = "/wpa_supplicant";
const FOLDER: &str = "/tmp/guest";
const OWN_END: &str = "/tmp/guest-calls";
/// Everything is slow under emulation.
const PATIENCE: Duration = Duration::from_secs(120);
const AGAIN: Duration = Duration::from_millis(200);
const KNOCK: Duration = Duration::from_secs(5);

/// Joins, asks for an address, and calls this one; what it was given.
pub(crate) fn visit(name: &str, password: &str, page: SocketAddr) -> io::Result<String> {
    let hardware = fs::read_to_string(format!("{ROOT}/sys/class/net/{RADIO}/address"))?;
    let hardware = parse(hardware.trim()).ok_or(io::ErrorKind::InvalidData)?;
    let wanted = [
        format!("ssid \"{name}\""),
        "key_mgmt WPA-PSK".to_owned(),
        format!("psk \"{password}\""),
    ];
    let (tell, told) = channel();
    with_radio(RADIO, move || {
        let mut program = join(&wanted)?;
        let given = ask(hardware)?;
        sys::give_address(RADIO, given.address)?;
        knock(page)?;
        program.kill()?;
        program.wait()?;
        let options = given.options.iter().map(u8::to_string);
        let options: Vec<_> = options.collect();
        let _ = tell.send(format!("{} {}", given.address, options.join(" ")));
        Ok(|| ())
    })?;
    told.recv()
        .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
}

fn join(network: &[String]) -> io::Result<Child> {
    let program = Command::new(PROGRAM)
        .args(["-Dnl80211", &format!("-i{RADIO}"), &format!("-C{FOLDER}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let control = UnixDatagram::bind(OWN_END)?;
    control.set_read_timeout(Some(PATIENCE))?;
    let begun = Instant::now();
    while let Err(error) = control.connect(format!("{FOLDER}/{RADIO}")) {
        if begun.elapsed() > PATIENCE {
            return Err(error);
        }
        std::thread::sleep(AGAIN);
    }
    say(&control, "ATTACH")?;
    say(&control, "ADD_NETWORK")?;
    for part in network {
        say(&control, &format!("SET_NETWORK 0 {part}"))?;
    }
    control.send(b"SELECT_NETWORK 0")?;
    while !hear(&control)?.contains("CTRL-EVENT-CONNECTED") {
        if begun.elapsed() > PATIENCE {
            return Err(io::Error::other("it was not let in"));
        }
    }
    Ok(program)
}

fn say(control: &UnixDatagram, command: &str) -> io::Result<()> {
    control.send(command.as_bytes())?;
    loop {
        let answer = hear(control)?;
        if answer.starts_with('<') {
            continue;
        }
        if answer.starts_with("FAIL") {
            return Err(io::Error::other(format!("{command} is refused")));
        }
        return Ok(());
    }
}

fn hear(control: &UnixDatagram) -> io::Result<String> {
    let mut packet = [0; 4096];
    let length = control.recv(&mut packet)?;
    Ok(String::from_utf8_lossy(&packet[..length]).into_owned())
}

struct Given {
    address: Ipv4Addr,
    options: Vec<u8>,
}

/// RFC 2131: whoever is there, then that address, please.
fn ask(hardware: [u8; 6]) -> io::Result<Given> {
    let socket = dhcp_socket(RADIO, 68)?;
    socket.set_read_timeout(Some(Duration::from_secs(3)))?;
    let begun = Instant::now();
    let mut offer: Option<Given> = None;
    while begun.elapsed() < PATIENCE {
        let question = match &offer {
            None => question(hardware, &[53, 1, 1]),
            Some(offer) => {
                let wanted = offer.address.octets();
                question(hardware, &[&[53, 1, 3, 50, 4][..], &wanted].concat())
            }
        };
        socket.send_to(&question, (Ipv4Addr::BROADCAST, 67))?;
        match answer(&socket, hardware) {
            Some((2, given)) => offer = Some(given),
            Some((5, given)) => return Ok(given),
            _ => {}
        }
    }
    Err(io::Error::other("no address was given"))
}

fn question(hardware: [u8; 6], options: &[u8]) -> Vec<u8> {
    let mut message = vec![0; 236];
    message[..3].copy_from_slice(&[1, 1, 6]);
    message[4..8].copy_from_slice(b"lab!");
    // To everybody: there is no address yet.
    message[10] = 0x80;
    message[28..34].copy_from_slice(&hardware);
    message.extend([99, 130, 83, 99]);
    message.extend(options);
    message.push(255);
    message.resize(300, 0);
    message
}

/// Which kind, what is given, and with what.
fn answer(socket: &UdpSocket, hardware: [u8; 6]) -> Option<(u8, Given)> {
    let mut packet = [0; 1500];
    let length = socket.recv(&mut packet).ok()?;
    let message = &packet[..length];
    if message.get(28..34)? != hardware {
        return None;
    }
    let given: [u8; 4] = message.get(16..20)?.try_into().ok()?;
    let (mut kind, mut options) = (0, Vec::new());
    let mut rest = message.get(240..)?;
    while let [number, after @ ..] = rest {
        rest = match number {
            0 => after,
            255 => break,
            _ => {
                let (length, after) = after.split_first()?;
                let (body, after) = after.split_at_checked(usize::from(*length))?;
                options.push(*number);
                if *number == 53 {
                    kind = *body.first()?;
                }
                after
            }
        };
    }
    options.sort_unstable();
    let address = given.into();
    Some((kind, Given { address, options }))
}

/// The appliance takes a moment to see that its cable is out.
fn knock(page: SocketAddr) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match TcpStream::connect_timeout(&page, KNOCK) {
            Err(error) if begun.elapsed() > PATIENCE => return Err(error),
            Err(_) => std::thread::sleep(AGAIN),
            Ok(_) => return Ok(()),
        }
    }
}

fn parse(hardware: &str) -> Option<[u8; 6]> {
    let bytes: Option<Vec<u8>> = hardware
        .split(':')
        .map(|two| u8::from_str_radix(two, 16).ok())
        .collect();
    bytes?.try_into().ok()
}
