use proptest::prelude::*;

use super::*;

const MOUSE: &[u8] = &[
    0x05, 0x01, 0x09, 0x02, 0xA1, 0x01, 0x09, 0x01, 0xA1, 0x00, // mouse, pointer
    0x05, 0x09, 0x19, 0x01, 0x29, 0x03, 0x15, 0x00, 0x25, 0x01, 0x95, 0x03, 0x75, 0x01, 0x81,
    0x02, // buttons
    0x95, 0x01, 0x75, 0x05, 0x81, 0x01, // padding
    0x05, 0x01, 0x09, 0x30, 0x09, 0x31, 0x15, 0x81, 0x25, 0x7F, 0x75, 0x08, 0x95, 0x02, 0x81,
    0x06, // X, Y
    0xC0, 0xC0,
];

fn usage(page: u16, id: u16) -> ExtendedUsage {
    ExtendedUsage { page, id }
}

fn decoded(descriptor: &[u8], report: &[u8]) -> Vec<(ExtendedUsage, i32)> {
    Layout::parse(descriptor).unwrap().decode(report).collect()
}

#[test]
fn the_mouse_of_appendix_e10_decodes_with_signs_and_without_padding() {
    let all = decoded(MOUSE, &[0b1111_1101, 0xFF, 0x81]);
    let expected = [
        (9, 1, 1),
        (9, 2, 0),
        (9, 3, 1),
        (1, 0x30, -1),
        (1, 0x31, -127),
    ];
    assert_eq!(
        all,
        expected.map(|(page, id, value)| (usage(page, id), value))
    );
}

#[test]
fn a_short_report_gives_only_what_it_holds() {
    assert_eq!(decoded(MOUSE, &[0, 5]).len(), 4);
    assert_eq!(decoded(MOUSE, &[]), []);
}

#[test]
fn an_array_names_pressed_controls_and_skips_zero_and_out_of_range() {
    let array = [
        0x05, 0x07, 0x09, 0x06, 0xA1, 0x01, 0x15, 0x00, 0x25, 0x65, 0x19, 0x00, 0x29, 0x65, 0x75,
        0x08, 0x95, 0x03, 0x81, 0x00, 0xC0,
    ];
    assert_eq!(decoded(&array, &[0x04, 0x00, 0x66]), [(usage(7, 4), 1)]);
}

#[test]
fn report_ids_choose_the_fields_and_shift_them_by_a_byte() {
    let two = [
        0x85, 0x01, 0x05, 0x0C, 0x15, 0x00, 0x26, 0xFF, 0x03, 0x19, 0x00, 0x2A, 0xFF, 0x03, 0x75,
        0x10, 0x95, 0x01, 0x81, 0x00, 0x85, 0x02, 0x05, 0x09, 0x09, 0x01, 0x75, 0x08, 0x25, 0x7F,
        0x81, 0x02,
    ];
    assert_eq!(decoded(&two, &[1, 0xE9, 0x00]), [(usage(0x0C, 0xE9), 1)]);
    assert_eq!(decoded(&two, &[2, 7]), [(usage(9, 1), 7)]);
    assert_eq!(decoded(&two, &[3, 7]), []);
    assert_eq!(
        Layout::parse(&two).unwrap().report_len(Direction::Input, 1),
        3
    );
}

#[test]
fn the_last_usage_serves_all_further_variables() {
    let repeated = [
        0x05, 0x09, 0x09, 0x04, 0x25, 0x01, 0x75, 0x01, 0x95, 0x03, 0x81, 0x02,
    ];
    assert_eq!(
        decoded(&repeated, &[0b101]),
        [(usage(9, 4), 1), (usage(9, 4), 0), (usage(9, 4), 1)]
    );
}

#[test]
fn push_and_pop_restore_the_globals() {
    let pushed = [
        0x05, 0x09, 0x75, 0x08, 0x95, 0x01, 0x25, 0x7F, 0xA4, 0x05, 0x01, 0x75, 0x10, 0xB4, 0x09,
        0x02, 0x81, 0x02,
    ];
    assert_eq!(decoded(&pushed, &[9]), [(usage(9, 2), 9)]);
}

#[test]
fn long_items_are_skipped() {
    let mut with_long = vec![0xFE, 0x02, 0xF0, 0xAA, 0xBB];
    with_long.extend_from_slice(MOUSE);
    assert_eq!(Layout::parse(&with_long), Layout::parse(MOUSE));
}

#[test]
fn malformed_descriptors_are_refused_with_the_reason() {
    let refused: [(&[u8], DescriptorError); 9] = [
        (&[0x05], DescriptorError::Truncated),
        (&[0xFE, 0x05, 0x00, 0x01], DescriptorError::Truncated),
        (&[0xC0], DescriptorError::Unbalanced),
        (&[0xA1, 0x01], DescriptorError::Unbalanced),
        (&[0xB4], DescriptorError::Unbalanced),
        (
            &[0x75, 0x21, 0x95, 0x01, 0x81, 0x02],
            DescriptorError::Size { size: 33, count: 1 },
        ),
        (
            &[0x15, 0x05, 0x25, 0x04, 0x75, 0x08, 0x95, 0x01, 0x81, 0x02],
            DescriptorError::Reversed,
        ),
        (&[0x85, 0x00], DescriptorError::ReportId),
        (&[0xA9, 0x01], DescriptorError::Delimiter),
    ];
    for (descriptor, error) in refused {
        assert_eq!(Layout::parse(descriptor), Err(error), "{descriptor:02x?}");
    }
    assert_eq!(
        Layout::parse(&[0; MAX_DESCRIPTOR + 1]),
        Err(DescriptorError::TooLong)
    );
}

#[test]
fn a_descriptor_cannot_claim_an_endless_report() {
    let huge = [0x75, 0x20, 0x96, 0x00, 0x04, 0x25, 0x01, 0x81, 0x02];
    assert_eq!(Layout::parse(&huge), Err(DescriptorError::TooMuch));
}

proptest! {
    #[test]
    fn arbitrary_descriptors_and_reports_never_panic(
        descriptor in proptest::collection::vec(any::<u8>(), 0..200),
        report in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        if let Ok(layout) = Layout::parse(&descriptor) {
            layout.decode(&report).for_each(drop);
            layout.decode_as(Direction::Output, &report).for_each(drop);
        }
    }

    #[test]
    fn plausible_items_never_panic(items in proptest::collection::vec((0u8..=0xB, 0u8..3, any::<u8>()), 0..60)) {
        // One-byte items of every type and tag: far more of these are accepted than of random bytes.
        let descriptor: Vec<u8> = items.iter().flat_map(|(tag, kind, data)| [tag << 4 | kind << 2 | 1, *data]).collect();
        if let Ok(layout) = Layout::parse(&descriptor) {
            layout.decode(&descriptor).for_each(drop);
        }
    }
}
