//! A question to a time server that another process asks, and what came of it: one packet each. Pure.
//!
//! `serve` may call nobody: what fetches for it asks ([`ask`](super::clock::ask)). It reads from the whole world, so what it
//! tells is hostile: a number that is none, or an answer that took longer than anybody waits, is no answer. Whether the time is
//! believed is decided in `net`, as it is for any other answer.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::lan::{NoTime, Sample};

/// Bytes of a packet, either way.
pub const LIMIT: usize = 1024;
/// The longest name of a host (RFC 1035, 2.3.4).
const LONGEST_NAME: usize = 253;
/// DNS servers that are handed on.
const SERVERS: usize = 8;
/// Who asks gives up after three seconds.
const LONGEST_WAY: Duration = Duration::from_secs(10);

/// Which server, and where names are looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    server: String,
    dns: Vec<IpAddr>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Answer {
    Time { offset: f64, round_trip_us: u64 },
    NoAddress,
    Silent,
    Nonsense,
    Refused,
}

impl Question {
    #[must_use]
    pub fn new(server: &str, dns: &[IpAddr]) -> Question {
        Question {
            server: server.to_owned(),
            dns: dns.iter().copied().take(SERVERS).collect(),
        }
    }

    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    #[must_use]
    pub fn dns(&self) -> &[IpAddr] {
        &self.dns
    }

    /// The packet.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        // Texts and addresses always can.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// `None` when it is none.
    #[must_use]
    pub fn parse(packet: &[u8]) -> Option<Question> {
        let question: Question = serde_json::from_slice(packet).ok()?;
        let named = (1..=LONGEST_NAME).contains(&question.server.len());
        (named && question.dns.len() <= SERVERS).then_some(question)
    }
}

/// The packet of what came of it.
#[must_use]
pub fn print(answer: &Result<Sample, NoTime>) -> Vec<u8> {
    let answer = match answer {
        Ok(sample) => Answer::Time {
            offset: sample.offset,
            round_trip_us: u64::try_from(sample.round_trip.as_micros()).unwrap_or(u64::MAX),
        },
        Err(NoTime::NoAddress) => Answer::NoAddress,
        Err(NoTime::Silent) => Answer::Silent,
        Err(NoTime::Nonsense) => Answer::Nonsense,
        Err(NoTime::Refused) => Answer::Refused,
    };
    serde_json::to_vec(&answer).unwrap_or_default()
}

/// What is no answer is nonsense.
///
/// # Errors
/// The server gave no time.
pub fn parse(packet: &[u8]) -> Result<Sample, NoTime> {
    match serde_json::from_slice(packet) {
        Ok(Answer::Time {
            offset,
            round_trip_us,
        }) => {
            let round_trip = Duration::from_micros(round_trip_us);
            let sample = Sample { offset, round_trip };
            let possible = offset.is_finite() && round_trip <= LONGEST_WAY;
            possible.then_some(sample).ok_or(NoTime::Nonsense)
        }
        Ok(Answer::NoAddress) => Err(NoTime::NoAddress),
        Ok(Answer::Silent) => Err(NoTime::Silent),
        Ok(Answer::Refused) => Err(NoTime::Refused),
        Ok(Answer::Nonsense) | Err(_) => Err(NoTime::Nonsense),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_question_is_read_as_it_was_asked() {
        let dns = ["10.0.2.3", "2001:db8::1"].map(|address| address.parse().expect("an address"));
        let longest = "x".repeat(LONGEST_NAME);
        for server in ["pool.example", "192.0.2.1", &longest] {
            let question = Question::new(server, &dns);
            let packet = question.print();
            assert!(packet.len() <= LIMIT, "{server}");
            assert_eq!(Question::parse(&packet), Some(question));
        }
    }

    #[test]
    fn a_question_without_a_name_or_with_more_than_that_is_none() {
        for server in ["", &"x".repeat(LONGEST_NAME + 1)] {
            let packet = Question::new(server, &[]).print();
            assert_eq!(Question::parse(&packet), None, "{server}");
        }
        let more = br#"{"server":"a","dns":[],"url":"http://e.org/"}"#;
        assert_eq!(Question::parse(more), None);
        let servers = vec!["192.0.2.1"; SERVERS + 1];
        let many = serde_json::json!({"server": "a", "dns": servers}).to_string();
        assert_eq!(Question::parse(many.as_bytes()), None);
    }

    #[test]
    fn every_answer_is_read_as_it_was_told() {
        let sample = Sample {
            offset: -3e8,
            round_trip: Duration::from_micros(20_500),
        };
        let read = parse(&print(&Ok(sample))).expect("a time");
        assert_eq!(read, sample);
        for why in [
            NoTime::NoAddress,
            NoTime::Silent,
            NoTime::Nonsense,
            NoTime::Refused,
        ] {
            let told = why.to_string();
            let read = parse(&print(&Err(why))).expect_err("no time");
            assert_eq!(read.to_string(), told);
        }
    }

    #[test]
    fn a_number_that_is_none_and_an_answer_after_everybody_has_gone_are_no_time() {
        let told = |offset, round_trip| parse(&print(&Ok(Sample { offset, round_trip })));
        let quick = Duration::from_millis(1);
        for offset in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(told(offset, quick), Err(NoTime::Nonsense)));
        }
        let late = told(0.0, LONGEST_WAY + quick);
        assert!(matches!(late, Err(NoTime::Nonsense)));
        assert!(told(f64::MAX, LONGEST_WAY).is_ok(), "others judge it");
    }

    proptest! {
        #[test]
        fn no_packet_makes_reading_panic(packet in proptest::collection::vec(any::<u8>(), 0..80), text in "[\\[\\]A-Za-z{}:,\"0-9e. -]{0,80}") {
            for packet in [&packet[..], text.as_bytes()] {
                let _ = (Question::parse(packet), parse(packet));
            }
        }
    }
}
