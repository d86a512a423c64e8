use super::*;

pub(in crate::net) const HARDWARE: [u8; 6] = [0x52, 0x54, 0, 0x12, 0x34, 0x56];

pub(in crate::net::dhcp) fn us() -> Conversation {
    Conversation {
        id: 0x1234_5678,
        hardware_address: HARDWARE,
        host_name: "rack".to_owned(),
    }
}

/// What a server says to this question, with an hour of lease; `extra` comes before its other options.
pub(in crate::net) fn answer(question: &[u8], kind: u8, extra: &[u8]) -> Vec<u8> {
    let mut answer = vec![0; 236];
    answer[0] = 2;
    answer[4..8].copy_from_slice(&question[4..8]);
    answer[16..20].copy_from_slice(&[10, 0, 2, 15]);
    answer[28..34].copy_from_slice(&question[28..34]);
    answer.extend([99, 130, 83, 99]);
    // Type, server and lease time.
    answer.extend([53, 1, kind, 54, 4, 10, 0, 2, 2, 51, 4, 0, 0, 0x0e, 0x10]);
    answer.extend(extra);
    // Mask, router, two name servers, end.
    answer.extend([1, 4, 255, 255, 255, 0, 3, 4, 10, 0, 2, 2]);
    answer.extend([6, 8, 10, 0, 2, 3, 10, 0, 2, 4, 255]);
    answer
}

fn offered(extra: &[u8]) -> Option<(Kind, Option<Lease>)> {
    us().parse(&answer(&us().discover(), 2, extra))
}

#[test]
fn an_offer_is_read() {
    let (kind, lease) = offered(&[]).expect("an answer to us");
    let lease = lease.expect("a lease");
    assert_eq!(kind, Kind::Offer);
    assert_eq!(
        (lease.address, lease.prefix),
        (Ipv4Addr::new(10, 0, 2, 15), 24)
    );
    assert_eq!(lease.router, Some(Ipv4Addr::new(10, 0, 2, 2)));
    let dns = [Ipv4Addr::new(10, 0, 2, 3), Ipv4Addr::new(10, 0, 2, 4)];
    assert_eq!(lease.dns, dns);
    assert_eq!(lease.duration, Duration::from_secs(3600));
    assert_eq!(lease.renew_after, Duration::from_secs(1800));
    assert_eq!(lease.rebind_after, Duration::from_secs(3150));
}

#[test]
fn an_answer_to_somebody_else_is_no_answer() {
    let others = [
        Conversation { id: 1, ..us() },
        Conversation {
            hardware_address: [0; 6],
            ..us()
        },
    ];
    for other in others {
        assert_eq!(us().parse(&answer(&other.discover(), 2, &[])), None);
    }
    assert_eq!(us().parse(&us().discover()), None, "our own question");
}

#[test]
fn a_mask_with_holes_is_refused() {
    assert_eq!(prefix(Ipv4Addr::new(255, 0, 255, 0)), None);
    assert_eq!(prefix(Ipv4Addr::new(0, 0, 0, 0)), None);
    assert_eq!(prefix(Ipv4Addr::new(255, 255, 240, 0)), Some(20));
    assert_eq!(prefix(Ipv4Addr::BROADCAST), Some(32));
}

#[test]
fn times_that_make_no_sense_get_the_usual_ones() {
    let late = [58, 4, 0xff, 0xff, 0xff, 0xff];
    let (_, lease) = offered(&late).expect("an answer");
    let lease = lease.expect("a lease");
    assert_eq!(lease.renew_after, Duration::from_secs(1800));
    let restless = [58, 4, 0, 0, 0, 1];
    let (_, lease) = offered(&restless).expect("an answer");
    let lease = lease.expect("a lease");
    assert_eq!(lease.renew_after, SHORTEST_LEASE / 2, "not every second");
}

#[test]
fn a_refusal_needs_no_lease() {
    let refusal = answer(&us().discover(), 6, &[]);
    assert_eq!(us().parse(&refusal), Some((Kind::Refuse, None)));
}

#[test]
fn time_servers_are_few_and_are_servers() {
    let mut extra = vec![42, 24];
    extra.extend([0, 0, 0, 0, 255, 255, 255, 255]);
    extra.extend((1..=4).flat_map(|last| [10, 0, 2, last]));
    let (_, lease) = offered(&extra).expect("an answer");
    let servers = lease.expect("a lease").time_servers;
    assert_eq!(servers.len(), 4);
    assert_eq!(servers[0], Ipv4Addr::new(10, 0, 2, 1));
}

#[test]
fn our_questions_name_us_and_are_long_enough_for_old_relays() {
    let discover = us().discover();
    assert!(discover.len() >= SHORTEST);
    assert_eq!(discover[10], 0x80, "answer by broadcast");
    let has = |part: &[u8]| discover.windows(part.len()).any(|window| window == part);
    assert!(has(&[53, 1, 1]), "a discover");
    assert!(has(b"\x0c\x04rack"), "the host name");
}

#[test]
fn an_option_that_we_never_read_does_not_spoil_the_message() {
    // A domain name (option 81) that is too short, and a search list that is none.
    let (kind, _) = offered(&[81, 1, 0, 119, 2, 0xc0, 0xff]).expect("an answer");
    assert_eq!(kind, Kind::Offer);
}

#[test]
fn no_bytes_make_parsing_panic() {
    use proptest::prelude::*;
    proptest!(|(
        tail in proptest::collection::vec(any::<u8>(), 0..80),
        cut in 0..400_usize,
        flips in proptest::collection::vec((0..400_usize, any::<u8>()), 0..8),
    )| {
        let mut bytes = answer(&us().discover(), 2, &tail);
        for (at, value) in flips {
            let length = bytes.len();
            bytes[at % length] = value;
        }
        bytes.truncate(cut);
        let _ = us().parse(&bytes);
    });
}
