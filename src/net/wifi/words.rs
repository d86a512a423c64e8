//! What wpa_supplicant is told and tells: its control interface's commands, answers and events (wpa_ctrl(3), wpa_ctrl.h of
//! 2.10). Pure. Names of networks are any bytes, and come from whoever is near: nothing of it is believed, all of it is bounded.

use std::fmt;

/// Longest name of a network, in bytes (IEEE 802.11-2020, 9.4.2.2).
pub(super) const LONGEST_SSID: usize = 32;
/// Networks that a scan shows: more than anybody reads through.
const MOST_FOUND: usize = 64;

/// The name of a network: 1 to 32 bytes, which need not be text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ssid(Vec<u8>);

impl Ssid {
    /// `None` when it has no byte, or too many, or nothing but zeros: that is how a hidden one is told.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Ssid> {
        let fits = (1..=LONGEST_SSID).contains(&bytes.len());
        (fits && bytes.iter().any(|byte| *byte != 0)).then(|| Ssid(bytes.to_owned()))
    }

    /// An even number of hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Ssid> {
        let plain = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !plain || !text.len().is_multiple_of(2) {
            return None;
        }
        let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(pair).collect();
        Ssid::new(&bytes?)
    }

    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// For people: what is no text, or would not be seen, has a stand-in.
impl fmt::Display for Ssid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(&self.0);
        let seen = |sign: char| if sign.is_control() { '\u{fffd}' } else { sign };
        text.chars()
            .try_for_each(|sign| write!(f, "{}", seen(sign)))
    }
}

/// The log shows what people see.
impl fmt::Debug for Ssid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// How a network proves who may join it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WifiOffer")]
pub enum Offer {
    Open,
    Wpa2,
    Wpa3,
    /// Either.
    Wpa2Wpa3,
    /// A user name, a certificate, a wire of old: not joined.
    Unsupported,
}

/// A network that a scan has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub ssid: Ssid,
    pub offer: Offer,
    /// Of its strongest station, in dBm.
    pub signal: i16,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// By the number that the network has there.
    Joined(u32),
    Left,
    /// The password is wrong.
    WrongKey,
    /// The network does not let us in.
    Refused,
    /// There is a new list.
    Scanned,
    /// The program ends.
    Ends,
}

/// A packet of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// The answer to the last command.
    Answer(&'a [u8]),
    /// One that is of interest, or not.
    Event(Option<Event>),
}

/// Events begin with their level, such as `<3>`.
#[must_use]
pub(super) fn read(packet: &[u8]) -> Said<'_> {
    let level = packet.first() == Some(&b'<') && packet.get(2) == Some(&b'>');
    match packet.get(3..) {
        Some(words) if level => Said::Event(event(words)),
        _ => Said::Answer(packet),
    }
}

fn event(words: &[u8]) -> Option<Event> {
    let text = str::from_utf8(words).ok()?;
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    match name {
        "CTRL-EVENT-CONNECTED" => Some(Event::Joined(number(rest, "[id=")?)),
        // Of a network that is joined, and of our own.
        "CTRL-EVENT-DISCONNECTED" | "AP-DISABLED" => Some(Event::Left),
        "CTRL-EVENT-SCAN-RESULTS" => Some(Event::Scanned),
        "CTRL-EVENT-TERMINATING" => Some(Event::Ends),
        // The name before it may hold these words too: only what is behind its last quote counts.
        "CTRL-EVENT-SSID-TEMP-DISABLED" => {
            let (_, why) = rest.rsplit_once('"')?;
            let wrong = why.contains("reason=WRONG_KEY");
            Some(if wrong {
                Event::WrongKey
            } else {
                Event::Refused
            })
        }
        "CTRL-EVENT-AUTH-REJECT" => {
            // SAE (IEEE 802.11-2020, 9.4.1.1): its second message proves the password, and whatever the code is (hostapd's is
            // 1, others say 15), refused is that proof.
            let sae = number(rest, "auth_type=") == Some(3);
            let proof = number(rest, "auth_transaction=") == Some(2);
            Some(if sae && proof {
                Event::WrongKey
            } else {
                Event::Refused
            })
        }
        "CTRL-EVENT-ASSOC-REJECT" => Some(Event::Refused),
        _ => None,
    }
}

/// The number behind this word.
fn number(text: &str, word: &str) -> Option<u32> {
    let (_, behind) = text.split_once(word)?;
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    behind.get(..digits)?.parse().ok()
}

/// What `SCAN_RESULTS` answers: each network once, the strongest first. What is no line of it is passed over.
#[must_use]
pub(super) fn found(answer: &[u8]) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for line in answer.split(|byte| *byte == b'\n').skip(1) {
        let Some(one) = found_one(line) else { continue };
        match all.iter().position(|other| other.ssid == one.ssid) {
            Some(place) if all[place].signal >= one.signal => {}
            Some(place) => all[place] = one,
            None if all.len() < MOST_FOUND => all.push(one),
            None => {}
        }
    }
    all.sort_by(|a, b| b.signal.cmp(&a.signal).then_with(|| a.ssid.cmp(&b.ssid)));
    all
}

/// Station, frequency, signal, flags and name, with tabs between.
fn found_one(line: &[u8]) -> Option<Found> {
    let mut fields = line.splitn(5, |byte| *byte == b'\t').skip(2);
    let text = |field: Option<&[u8]>| Some(str::from_utf8(field?).ok()?.to_owned());
    let signal: i16 = text(fields.next())?.parse().ok()?;
    let flags = text(fields.next())?;
    let ssid = Ssid::new(&unescape(fields.next()?)?)?;
    Some(Found {
        ssid,
        offer: offer(&flags),
        signal: signal.clamp(-120, 0),
    })
}

/// `[WPA2-PSK+SAE-CCMP][ESS]` and the like.
fn offer(flags: &str) -> Offer {
    let suites = || {
        flags
            .split(['[', ']'])
            .filter(|flag| flag.starts_with("WPA") || flag.starts_with("RSN"))
    };
    let has = |suite: &str| suites().any(|flag| flag.split(['-', '+']).any(|word| word == suite));
    match (has("PSK"), has("SAE")) {
        (true, true) => Offer::Wpa2Wpa3,
        (true, false) => Offer::Wpa2,
        (false, true) => Offer::Wpa3,
        (false, false)
            if suites().next().is_none() && !flags.contains("[WEP]") && !flags.contains("OWE") =>
        {
            Offer::Open
        }
        (false, false) => Offer::Unsupported,
    }
}

/// The other way round of hostap's `printf_encode`.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'e' => 0x1b,
            sign @ (b'"' | b'\\') => sign,
            b'x' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?
            }
            _ => return None,
        });
    }
    Some(bytes)
}

/// One line of what `STATUS` answers, by its key.
#[must_use]
pub(super) fn line<'a>(answer: &'a [u8], key: &str) -> Option<&'a str> {
    let mut lines = str::from_utf8(answer).ok()?.lines();
    lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
