//! Bits of an H.264 stream: fixed and Exp-Golomb numbers (ITU-T H.264, 9.1), and the unit around them (7.4.1).

/// Bits as they are written, the highest of each byte first.
#[derive(Debug, Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    /// Bits of the last byte that are taken; 0 = it is full, or there is none.
    used: u8,
}

impl Bits {
    pub(super) fn bit(&mut self, set: bool) {
        if self.used == 0 {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(set) << (7 - self.used);
        }
        self.used = (self.used + 1) % 8;
    }

    /// u(n): the lowest `count` bits of the number.
    pub(super) fn fixed(&mut self, count: u8, number: u32) {
        for at in (0..count).rev() {
            self.bit(number >> at & 1 == 1);
        }
    }

    /// ue(v): so many zeros as there are bits behind the first one of the number and one.
    pub(super) fn number(&mut self, number: u32) {
        let number = number + 1;
        let length = (u32::BITS - number.leading_zeros()) as u8;
        self.fixed(length - 1, 0);
        self.fixed(length, number);
    }

    /// Zeros up to a whole byte.
    pub(super) fn align(&mut self) {
        self.used = 0;
    }

    /// Whole bytes; only after [`align`](Bits::align).
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The unit of the stream that these bits are: a start code, the header, and the bits closed by a one, with a byte in
    /// between wherever they would look like a start code.
    pub(super) fn into_unit(mut self, header: u8, stream: &mut Vec<u8>) {
        self.bit(true);
        self.align();
        stream.extend_from_slice(&[0, 0, 0, 1, header]);
        let mut zeros = 0;
        for byte in self.bytes {
            if zeros == 2 && byte <= 3 {
                stream.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            stream.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        let mut bits = Bits::default();
        for number in numbers {
            bits.number(*number);
        }
        bits.bytes
    }

    #[test]
    fn numbers_have_the_codes_of_the_standards_table() {
        // 1, 010, 011, 00100
        assert_eq!(numbers(&[0, 1, 2, 3]), [0b1010_0110, 0b0100_0000]);
        // 000011010
        assert_eq!(numbers(&[25]), [0b0000_1101, 0]);
    }

    #[test]
    fn what_would_look_like_a_start_code_is_broken_up() {
        let mut bits = Bits::default();
        bits.bytes(&[0, 0, 1, 0, 0, 0, 0, 4]);
        let mut stream = Vec::new();
        bits.into_unit(0x65, &mut stream);
        let expected = [0, 0, 0, 1, 0x65, 0, 0, 3, 1, 0, 0, 3, 0, 0, 4, 0x80];
        assert_eq!(stream, expected);
    }
}
