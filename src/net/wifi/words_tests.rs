use proptest::prelude::*;

use super::*;

fn ssid(text: &str) -> Ssid {
    Ssid::new(text.as_bytes()).expect(text)
}

const SCAN: &str = "bssid / frequency / signal level / flags / ssid\n\
    02:00:00:00:01:00\t2412\t-47\t[WPA2-PSK-CCMP][ESS]\tAttic\n\
    02:00:00:00:02:00\t5180\t-30\t[WPA2-SAE-CCMP][ESS]\tCellar\n\
    02:00:00:00:01:01\t2437\t-80\t[WPA2-PSK-CCMP][ESS]\tAttic\n\
    02:00:00:00:03:00\t2412\t-55\t[WPA2-PSK+SAE-CCMP][ESS]\tB\\xc3\\xbcro\\t\\\"\\\\\n\
    02:00:00:00:04:00\t2412\t-60\t[ESS]\tGuests\n\
    02:00:00:00:05:00\t2412\t-61\t[WPA2-EAP-CCMP][ESS]\tWork\n\
    02:00:00:00:06:00\t2412\t-62\t[WEP][ESS]\tOld\n\
    02:00:00:00:07:00\t2412\t-63\t[WPA2-PSK-CCMP][ESS]\t\n\
    02:00:00:00:07:01\t2412\t-63\t[WPA2-PSK-CCMP][ESS]\t\\x00\\x00\n";

#[test]
fn a_scan_names_each_network_once_the_strongest_first() {
    let found = found(SCAN.as_bytes());
    let shown: Vec<_> = found
        .iter()
        .map(|one| (one.ssid.to_string(), one.offer, one.signal))
        .collect();
    let wanted = [
        ("Cellar", Offer::Wpa3, -30),
        ("Attic", Offer::Wpa2, -47),
        ("Büro\u{fffd}\"\\", Offer::Wpa2Wpa3, -55),
        ("Guests", Offer::Open, -60),
        ("Work", Offer::Unsupported, -61),
        ("Old", Offer::Unsupported, -62),
    ];
    assert_eq!(
        shown,
        wanted.map(|(name, offer, signal)| (name.to_owned(), offer, signal))
    );
}

#[test]
fn a_scan_that_is_none_finds_nothing_and_a_crowd_is_cut() {
    for answer in ["", "FAIL\n", "x\ny", "h\na\tb\tc\td\te", "h\n\t\t-1\t\t\\"] {
        assert_eq!(found(answer.as_bytes()), [], "{answer:?}");
    }
    let crowd: String = (0..1000)
        .map(|n| format!("a\t1\t-5\t[ESS]\tn{n}\n"))
        .collect();
    assert_eq!(found(format!("head\n{crowd}").as_bytes()).len(), MOST_FOUND);
}

#[test]
fn events_are_told_from_answers_and_read() {
    let reads = |text: &'static str| read(text.as_bytes());
    assert_eq!(reads("OK\n"), Said::Answer(b"OK\n"));
    let event = |text: &'static str| match reads(text) {
        Said::Event(event) => event,
        Said::Answer(answer) => panic!("an answer: {answer:?}"),
    };
    let joined =
        "<3>CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:01:00 completed [id=3 id_str=]";
    assert_eq!(event(joined), Some(Event::Joined(3)));
    let left = "<3>CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:01:00 reason=3 locally_generated=1";
    assert_eq!(event(left), Some(Event::Left));
    assert_eq!(event("<3>AP-DISABLED "), Some(Event::Left));
    assert_eq!(event("<3>CTRL-EVENT-SCAN-RESULTS "), Some(Event::Scanned));
    // It may be found by the next scan: that it is not there is told by the time.
    assert_eq!(event("<3>CTRL-EVENT-NETWORK-NOT-FOUND "), None);
    assert_eq!(event("<3>CTRL-EVENT-TERMINATING "), Some(Event::Ends));
    assert_eq!(event("<3>CTRL-EVENT-SUBNET-STATUS-UPDATE status=0"), None);
}

#[test]
fn a_wrong_password_is_told_from_a_refusal_whatever_the_network_is_called() {
    let event = |text: &str| match read(text.as_bytes()) {
        Said::Event(event) => event,
        Said::Answer(_) => panic!("an answer"),
    };
    let disabled = |name: &str, reason: &str| {
        event(&format!(
            "<3>CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid=\"{name}\" auth_failures=1 duration=10 reason={reason}"
        ))
    };
    assert_eq!(disabled("Attic", "WRONG_KEY"), Some(Event::WrongKey));
    assert_eq!(
        disabled("reason=WRONG_KEY", "CONN_FAILED"),
        Some(Event::Refused)
    );
    let reject = |kind, transaction, code| {
        event(&format!(
            "<3>CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type={kind} auth_transaction={transaction} status_code={code}"
        ))
    };
    assert_eq!(reject(3, 2, 15), Some(Event::WrongKey));
    assert_eq!(reject(3, 2, 1), Some(Event::WrongKey));
    assert_eq!(reject(3, 1, 17), Some(Event::Refused), "too many stations");
    assert_eq!(reject(0, 2, 15), Some(Event::Refused));
}

#[test]
fn a_name_is_one_to_thirty_two_bytes_that_are_not_all_zeros() {
    for bad in [&[][..], &[0], &[0; 32], &[b'x'; 33]] {
        assert_eq!(Ssid::new(bad), None, "{bad:?}");
    }
    assert!(Ssid::new(&[b'x'; 32]).is_some());
    assert_eq!(Ssid::from_hex("4174746963"), Some(ssid("Attic")));
    for bad in ["", "4", "4g", "+4", "ä4", &"00".repeat(8)] {
        assert_eq!(Ssid::from_hex(bad), None, "{bad:?}");
    }
    assert_eq!(format!("{:?}", ssid("a\nb")), "\"a\u{fffd}b\"");
}

#[test]
fn a_line_of_the_status_is_found_by_its_key() {
    let answer = b"bssid=02:00\nssid=key_mgmt=NONE\nkey_mgmt=SAE\nwpa_state=COMPLETED\n";
    assert_eq!(line(answer, "key_mgmt"), Some("SAE"));
    assert_eq!(line(answer, "mode"), None);
    assert_eq!(line(b"\xff", "mode"), None);
}

proptest! {
    #[test]
    fn whatever_is_said_nothing_panics_and_everything_is_bounded(packet in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&packet);
        let _ = line(&packet, "ssid");
        for one in found(&packet) {
            prop_assert!(one.ssid.hex().len() <= 2 * LONGEST_SSID);
        }
    }

    #[test]
    fn every_name_survives_the_way_through_a_scan(name in proptest::collection::vec(any::<u8>(), 1..=32)) {
        let escaped: String = name.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        let answer = format!("head\nb\t1\t-9\t[ESS]\t{escaped}\n");
        let names: Vec<_> = found(answer.as_bytes()).into_iter().map(|one| one.ssid).collect();
        prop_assert_eq!(names, Vec::from_iter(Ssid::new(&name)));
        if let Some(ssid) = Ssid::new(&name) {
            prop_assert_eq!(Ssid::from_hex(&ssid.hex()), Some(ssid));
        }
    }
}
