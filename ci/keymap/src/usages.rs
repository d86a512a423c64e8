//! Keys by their usage (HID Usage Tables 1.5, chapter 10) and by the number that Linux' input layer gives them
//! (linux/input-event-codes.h, as the kernel's hid-input.c pairs them).

/// The keys that type characters, beside the number pad: those whose meaning a layout decides.
pub const KEYS: [u8; 51] = {
    let mut keys = [0; 51];
    let mut at = 0;
    while at < LETTERS_AND_DIGITS.len() {
        keys[at] = 0x04 + at as u8;
        at += 1;
    }
    let mut other = 0;
    while other < OTHERS.len() {
        if OTHERS[other].0 != 0x28 && OTHERS[other].0 != 0x2B {
            keys[at] = OTHERS[other].0;
            at += 1;
        }
        other += 1;
    }
    keys
};

/// From usage 0x04 (A) to 0x27 (0).
const LETTERS_AND_DIGITS: [u16; 36] = [
    30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45,
    21, 44, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
];

const OTHERS: [(u8, u16); 17] = [
    // Enter, Tab, Space.
    (0x28, 28),
    (0x2B, 15),
    (0x2C, 57),
    // Behind the digits and the letters. 0x32, the key beside Enter of ISO keyboards, is 0x31 for Linux.
    (0x2D, 12),
    (0x2E, 13),
    (0x2F, 26),
    (0x30, 27),
    (0x31, 43),
    (0x33, 39),
    (0x34, 40),
    (0x35, 41),
    (0x36, 51),
    (0x37, 52),
    (0x38, 53),
    // Beside the left Shift of ISO keyboards.
    (0x64, 86),
    // Japanese and Brazilian keyboards.
    (0x87, 89),
    (0x89, 124),
];

const MODIFIERS: [u16; 8] = [29, 42, 56, 125, 97, 54, 100, 126];

/// Linux' number of a key.
#[must_use]
pub fn evdev(usage: u8) -> Option<u16> {
    match usage {
        0x04..=0x27 => LETTERS_AND_DIGITS.get(usize::from(usage - 0x04)).copied(),
        0xE0..=0xE7 => MODIFIERS.get(usize::from(usage - 0xE0)).copied(),
        _ => OTHERS
            .iter()
            .find(|(known, _)| *known == usage)
            .map(|(_, code)| *code),
    }
}

/// The key that Linux has given this number.
#[must_use]
pub fn usage(code: u16) -> Option<u8> {
    (0..=u8::MAX).find(|usage| evdev(*usage) == Some(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_by_its_number_again() {
        for known in (0..=u8::MAX).filter(|known| evdev(*known).is_some()) {
            assert_eq!(evdev(known).and_then(usage), Some(known));
        }
    }
}
