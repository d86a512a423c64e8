//! What is read is what was written, what is wrong is named, and no bytes do harm.

use super::*;

fn faults(bytes: &[u8]) -> Vec<String> {
    let faults = Edid::parse(bytes).expect_err("something is wrong");
    faults.sentences().collect()
}

/// An offer with some bytes of a block replaced, and its checksum made right again.
fn edited(block: usize, edits: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = Offer::FullHd60.edid().bytes().to_vec();
    let edited = &mut bytes[block * BLOCK..][..BLOCK];
    for (at, value) in edits {
        edited[*at] = *value;
    }
    edited[BLOCK - 1] = checksum(edited);
    bytes
}

fn screen(width: u16, height: u16, hz: u16) -> Screen {
    Screen {
        width,
        height,
        hz,
        interlaced: false,
    }
}

#[test]
fn every_offer_is_valid_and_prefers_what_it_is_called() {
    for offer in Offer::ALL {
        let edid = Edid::parse(offer.edid().bytes()).expect("valid");
        let said = edid.description();
        let preferred = said.preferred.expect("preferred");
        let Screen {
            width, height, hz, ..
        } = preferred;
        assert_eq!(format!("{width}x{height}@{hz}"), offer.name());
        assert_eq!(
            (said.name.as_str(), said.manufacturer.as_str()),
            ("Farseat", "FST")
        );
        assert_eq!(
            (said.blocks, said.version.as_str(), said.year),
            (2, "1.3", 2026)
        );
        assert!(said.hdmi && !said.audio, "{said:?}");
        assert!(said.screens.contains(&screen(640, 480, 60)), "{said:?}");
        assert!(said.screens.contains(&preferred));
        let pixels = |screen: &Screen| u32::from(screen.width) * u32::from(screen.height);
        let most = said.screens.iter().map(pixels).max().expect("some");
        assert_eq!(most, pixels(&preferred), "none is larger: {said:?}");
        assert_eq!(Offer::named(offer.name()), Some(offer));
    }
}

#[test]
fn offers_are_told_apart_by_the_target() {
    let mut products = Offer::ALL.map(|offer| offer.edid().description().product);
    products.sort_unstable();
    assert!(products.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn a_detailed_timing_is_read_as_it_was_written() {
    let edid = Offer::FullHd50.edid();
    let place = descriptors(edid.bytes()).next().expect("one");
    let timing = Timing::read(place).expect("a timing");
    assert_eq!(&timing.write(), place);
    assert_eq!((timing.width(), timing.height()), (1920, 1080));
    assert!((timing.hz() - 50.0).abs() < 0.001);
    // CTA-861, format 31, byte for byte as displays have it.
    let known = [
        0x02, 0x3A, 0x80, 0xD0, 0x72, 0x38, 0x2D, 0x40, 0x10, 0x2C, 0x45, 0x80,
    ];
    assert_eq!(place[..12], known);
}

#[test]
fn an_interlaced_timing_has_twice_the_lines_of_its_fields() {
    // 1920x1080i60 (CTA-861, format 5).
    let bytes = [
        0x01, 0x1D, 0x80, 0x18, 0x71, 0x1C, 0x16, 0x20, 0x58, 0x2C, 0x25, 0x00, 0, 0, 0, 0, 0, 0x9E,
    ];
    let timing = Timing::read(&bytes).expect("a timing");
    assert_eq!((timing.width(), timing.height()), (1920, 1080));
    assert!(timing.is_interlaced() && timing.adds_up());
    assert_eq!(Screen::from(timing).hz, 60);
}

#[test]
fn what_is_no_edid_at_all_is_told_by_its_length_or_its_head() {
    assert!(faults(b"")[0].contains("0 bytes"));
    assert!(faults(&[0; 127])[0].contains("127 bytes"));
    assert!(faults(&[0; 128 * 5])[0].contains("5 blocks"));
    assert!(faults(b"GIF89a".repeat(64).as_slice())[0].contains("does not begin"));
}

#[test]
fn each_fault_has_its_sentence() {
    for (bytes, sentence) in [
        (edited(0, &[(18, 2)]), "version 2"),
        (edited(0, &[(8, 0x80)]), "three letters"),
        (edited(0, &[(20, 0)]), "analogue"),
        (edited(0, &[(54, 0), (55, 0)]), "preferred timing"),
        (
            edited(0, &[(126, 3)]),
            "3 blocks follow the first, and 1 do",
        ),
        (edited(0, &[(62, 0xFF), (65, 0xC0)]), "timing 1 of block 0"),
        (edited(1, &[(2, 2)]), "begin at byte 2"),
        (edited(1, &[(2, 200)]), "begin at byte 200"),
        (edited(1, &[(4, 0x5F)]), "data block of block 1"),
    ] {
        let told = faults(&bytes);
        assert!(
            told.len() == 1 && told[0].contains(sentence),
            "{sentence}: {told:?}"
        );
    }
}

#[test]
fn a_wrong_checksum_says_what_it_has_to_be_and_all_faults_are_told_at_once() {
    let mut bytes = Offer::Hd60.edid().bytes().to_vec();
    let right = bytes[255];
    bytes[255] ^= 0x55;
    bytes[20] = 0;
    let told = faults(&bytes);
    assert_eq!(told.len(), 3, "both checksums and the input: {told:?}");
    let of_the_second = told
        .iter()
        .find(|told| told.contains("Block 1"))
        .expect("named");
    assert!(
        of_the_second.contains(&format!("has to be {right:02X}")),
        "{of_the_second}"
    );
}

#[test]
fn a_hostile_name_is_printable_when_it_is_shown() {
    let bytes = edited(0, &[(77, 0x1B), (78, b'<'), (79, 0xFF)]);
    let said = Edid::parse(&bytes).expect("valid").description();
    assert_eq!(said.name, "?<?seat");
}

#[test]
fn lists_of_vesa_and_cta_are_read() {
    // Standard timings: 1280x1024 at 60 and 1680x1050 at 60.
    let bytes = edited(0, &[(38, 0x81), (39, 0x80), (40, 0xB3), (41, 0x00)]);
    let said = Edid::parse(&bytes).expect("valid").description();
    for wanted in [
        screen(1280, 1024, 60),
        screen(1680, 1050, 60),
        screen(720, 400, 70),
        screen(1024, 768, 60),
        screen(1920, 1080, 30),
        screen(1280, 720, 50),
    ] {
        assert!(said.screens.contains(&wanted), "{wanted:?} in {said:?}");
    }
}

#[test]
fn a_wish_is_read_as_it_was_written_and_nothing_else_is_one() {
    let own = EdidWish::Own(Offer::Xga60.edid());
    for wish in [EdidWish::Default, EdidWish::Offered(Offer::FullHd30), own] {
        let text = String::from(wish.clone());
        assert_eq!(EdidWish::parse(&text), Ok(wish));
    }
    assert_eq!(EdidWish::parse("1920x1080"), Err(NoWish::Word));
    assert_eq!(EdidWish::parse("zz"), Err(NoWish::Word));
    assert!(matches!(EdidWish::parse("00ff"), Err(NoWish::Faults(_))));
    assert!(matches!(EdidWish::parse(""), Err(NoWish::Faults(_))));
}

#[test]
fn the_default_is_the_devices_own_and_one_of_ours_where_it_has_none() {
    assert_eq!(EdidWish::Default.wanted(Some(&[7])), [7]);
    assert_eq!(
        EdidWish::Default.wanted(None),
        Offer::FullHd50.edid().bytes()
    );
    let wanted = EdidWish::Offered(Offer::Hd60).wanted(Some(&[7]));
    assert_eq!(wanted, Offer::Hd60.edid().bytes());
}

#[test]
fn any_change_of_one_byte_is_read_without_harm() {
    let whole = Offer::FullHd60.edid();
    for at in 0..whole.bytes().len() {
        for value in [0x00, 0x01, 0x7F, 0x80, 0xFF] {
            let bytes = edited(at / BLOCK, &[(at % BLOCK, value)]);
            let said = Description::of(&bytes);
            assert!(said.screens.len() < 200 && said.name.len() <= 13);
            if let Ok(edid) = Edid::parse(&bytes) {
                assert!(edid.description().preferred.is_some());
            }
        }
    }
}
