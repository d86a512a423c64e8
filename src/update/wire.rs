//! What a process that fetches is asked, and what it tells: one packet each, between two processes that trust each other
//! as little as they can. Pure.
//!
//! It reads from the whole world, so what it tells is hostile: no packet is longer than [`PACKET_LIMIT`], a text is cut
//! and has no control characters, an answer begins where it was asked to or at the front.

use std::net::IpAddr;
use std::ops::Range;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::error::UpdateError;
use super::fetch::{Event, PIECE, Request};

/// No packet is longer, in either direction.
pub const PACKET_LIMIT: usize = 1 + PIECE;
/// Characters of a reason.
const LONGEST_TEXT: usize = 200;
/// DNS servers that are handed on.
const SERVERS: usize = 8;

const BYTES: u8 = 0;
const WORDS: u8 = 1;

/// From the process that fetches.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    Event(Event),
    /// The body has ended as it should. Who hangs up without this has ended otherwise.
    End,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    url: String,
    range: Option<Range<u64>>,
    dns: Vec<IpAddr>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Words {
    Begins {
        at: u64,
        size: Option<u64>,
        part: bool,
    },
    Dropped(String),
    Untrusted(String),
    Unreachable(String),
    NoAddress,
    Truncated(u64),
    Status(u16),
    End,
}

impl Request {
    /// The packet; names are to be asked of these servers.
    #[must_use]
    pub fn print(&self, dns: &[IpAddr]) -> Vec<u8> {
        let wanted = Wanted {
            url: self.address.as_str().to_owned(),
            range: self.range.clone(),
            dns: dns.iter().copied().take(SERVERS).collect(),
        };
        // Texts and numbers always can.
        serde_json::to_vec(&wanted).unwrap_or_default()
    }

    /// `None` when it is none.
    #[must_use]
    pub fn parse(packet: &[u8]) -> Option<(Request, Vec<IpAddr>)> {
        let wanted: Wanted = serde_json::from_slice(packet).ok()?;
        let request = Request {
            address: Address::parse(&wanted.url).ok()?,
            range: wanted.range,
        };
        (wanted.dns.len() <= SERVERS).then_some((request, wanted.dns))
    }
}

impl Told {
    /// The packet.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let words = match self {
            Told::Event(Event::Bytes(bytes)) => return [&[BYTES], &bytes[..]].concat(),
            Told::Event(Event::Begins { at, size, part }) => Words::Begins {
                at: *at,
                size: *size,
                part: *part,
            },
            Told::Event(Event::Dropped(why)) => Words::Dropped(cut(why)),
            Told::Event(Event::Failed(error)) => match error {
                UpdateError::Tls(why) => Words::Untrusted(cut(why)),
                UpdateError::Url(_) => Words::NoAddress,
                UpdateError::Truncated { got } => Words::Truncated(*got),
                UpdateError::Status(status) => Words::Status(*status),
                UpdateError::Unreachable(why) => Words::Unreachable(cut(why)),
                other => Words::Unreachable(cut(&other.to_string())),
            },
            Told::End => Words::End,
        };
        let words = serde_json::to_vec(&words).unwrap_or_default();
        [&[WORDS], &words[..]].concat()
    }

    /// `None` when it is no answer to this request.
    #[must_use]
    pub fn parse(packet: &[u8], asked: &Request) -> Option<Told> {
        let (kind, rest) = packet.split_first()?;
        match *kind {
            BYTES if (1..=PIECE).contains(&rest.len()) => {
                Some(Told::Event(Event::Bytes(Bytes::copy_from_slice(rest))))
            }
            WORDS => told(serde_json::from_slice(rest).ok()?, asked),
            _ => None,
        }
    }
}

fn told(words: Words, asked: &Request) -> Option<Told> {
    let failed = |error| Event::Failed(error);
    let event = match words {
        Words::Begins { at, size, part } => {
            let first = asked.range.as_ref().map_or(0, |range| range.start);
            if at != 0 && at != first {
                return None;
            }
            Event::Begins { at, size, part }
        }
        Words::Dropped(why) => Event::Dropped(cut(&why)),
        Words::Untrusted(why) => failed(UpdateError::Tls(cut(&why))),
        Words::Unreachable(why) => failed(UpdateError::Unreachable(cut(&why))),
        Words::NoAddress => failed(UpdateError::Url("it is not a whole http address")),
        Words::Truncated(got) => failed(UpdateError::Truncated { got }),
        Words::Status(status) => failed(UpdateError::Status(status)),
        Words::End => return Some(Told::End),
    };
    Some(Told::Event(event))
}

/// It comes into the log and onto the page.
fn cut(text: &str) -> String {
    let plain = text.chars().filter(|character| !character.is_control());
    plain.take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(range: Option<Range<u64>>) -> Request {
        Request {
            address: Address::parse("https://e.org/x.farseat?token=t").expect("an address"),
            range,
        }
    }

    #[test]
    fn what_is_wanted_is_read_as_it_was_said() {
        let dns = ["10.0.2.3", "2001:db8::1"].map(|address| address.parse().expect("an address"));
        for wanted in [request(None), request(Some(5..u64::MAX))] {
            let packet = wanted.print(&dns);
            assert!(packet.len() <= PACKET_LIMIT);
            assert_eq!(Request::parse(&packet), Some((wanted, dns.to_vec())));
        }
    }

    #[test]
    fn an_address_that_is_none_is_no_request() {
        for url in ["ftp://e.org/x", "http://a:b@e.org/x", ""] {
            let packet = format!(r#"{{"url":"{url}","range":null,"dns":[]}}"#);
            assert_eq!(Request::parse(packet.as_bytes()), None, "{url}");
        }
        let more = r#"{"url":"http://e.org/x","range":null,"dns":[],"more":1}"#;
        assert_eq!(Request::parse(more.as_bytes()), None);
        assert_eq!(Request::parse(b"\xff"), None);
    }

    #[test]
    fn everything_that_can_be_told_is_read_as_it_was_told() {
        let asked = request(Some(5..9));
        let why = || "it ends too early".to_owned();
        let failed = [
            UpdateError::Tls(why()),
            UpdateError::Unreachable(why()),
            UpdateError::Url("it is not a whole http address"),
            UpdateError::Truncated { got: 7 },
            UpdateError::Status(404),
        ];
        let begins = Event::Begins {
            at: 5,
            size: Some(99),
            part: true,
        };
        let bytes = Event::Bytes(vec![7; PIECE].into());
        let mut all: Vec<Told> = failed
            .into_iter()
            .map(Event::Failed)
            .chain([begins, bytes, Event::Dropped(why())])
            .map(Told::Event)
            .collect();
        all.push(Told::End);
        for told in all {
            let packet = told.print();
            assert!(packet.len() <= PACKET_LIMIT);
            assert_eq!(Told::parse(&packet, &asked), Some(told));
        }
    }

    #[test]
    fn an_answer_begins_where_it_was_asked_to_or_at_the_front() {
        let begins = |at| {
            let size = Some(u64::MAX);
            let part = true;
            Told::Event(Event::Begins { at, size, part }).print()
        };
        let read = |at, range| Told::parse(&begins(at), &request(range)).is_some();
        assert!(read(5, Some(5..9)) && read(0, Some(5..9)) && read(0, None));
        assert!(!read(6, Some(5..9)) && !read(u64::MAX, Some(5..9)) && !read(5, None));
    }

    #[test]
    fn a_reason_cannot_write_lines_of_its_own_into_the_log() {
        let why = format!("no\n\u{1b}[2J{}", "x".repeat(4000));
        let packet = [
            &[WORDS][..],
            &serde_json::to_vec(&Words::Dropped(why)).expect("JSON"),
        ]
        .concat();
        let Some(Told::Event(Event::Dropped(why))) = Told::parse(&packet, &request(None)) else {
            panic!("not read")
        };
        assert!(why.starts_with("no[2Jx"), "{why}");
        assert_eq!(why.chars().count(), LONGEST_TEXT);
    }

    #[test]
    fn bytes_that_are_none_or_too_many_are_no_answer() {
        for length in [0, PIECE + 1] {
            assert_eq!(Told::parse(&vec![BYTES; 1 + length], &request(None)), None);
        }
        assert_eq!(Told::parse(&[], &request(None)), None);
        assert_eq!(Told::parse(&[2, 0], &request(None)), None);
    }

    proptest! {
        #[test]
        fn no_packet_makes_reading_panic(packet in proptest::collection::vec(any::<u8>(), 0..80), text in "[\\[\\]A-Za-z{}:,\"0-9 ]{0,80}") {
            let words = [&[WORDS][..], text.as_bytes()].concat();
            for packet in [&packet[..], &words] {
                let _ = (Told::parse(packet, &request(Some(3..7))), Request::parse(packet));
            }
        }
    }
}
