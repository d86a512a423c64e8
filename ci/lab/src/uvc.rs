//! What a USB video class 1.0 device says about itself, and how it cuts frames into payloads. Pure.
//!
//! Modelled on the MS2109 (534d:2109), but with a bulk endpoint: QEMU carries bulk without losses, and the kernel
//! driver treats both alike.

/// The MS2109's USB id.
pub const VENDOR: u16 = 0x534D;
/// The MS2109's USB id.
pub const PRODUCT: u16 = 0x2109;
/// The endpoint that carries pixels.
pub(crate) const ENDPOINT: u8 = 0x81;
/// The driver asks for at most 16 KiB at a time over bulk; a larger payload would be torn.
const PAYLOAD: u32 = 16384;
const PAYLOAD_HEADER: usize = 2;
const PROBE: usize = 26;

/// How the dongle packs pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Each frame is a JPEG file.
    Mjpeg,
    /// Raw 4:2:2.
    Yuyv,
}

/// One picture size at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mode {
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// Frames in a second.
    pub fps: u32,
}

impl Mode {
    /// A size at a rate.
    #[must_use]
    pub const fn new(width: u16, height: u16, fps: u32) -> Self {
        Self { width, height, fps }
    }

    fn interval(self) -> u32 {
        10_000_000 / self.fps
    }

    fn raw_size(self) -> u32 {
        u32::from(self.width) * u32::from(self.height) * 2
    }
}

/// What the dongle offers: formats with their modes, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer(pub Vec<(Format, Vec<Mode>)>);

impl Offer {
    /// What the negotiation block chooses; nonsense falls back to the first, as the MS2109 does.
    pub(crate) fn chosen(&self, probe: &Probe) -> (Format, Mode) {
        let (format, modes) = self
            .0
            .get(usize::from(probe.format).wrapping_sub(1))
            .unwrap_or(&self.0[0]);
        (
            *format,
            *modes
                .get(usize::from(probe.frame).wrapping_sub(1))
                .unwrap_or(&modes[0]),
        )
    }

    pub(crate) fn device_descriptor() -> Vec<u8> {
        let mut bytes = vec![18, 1, 0x00, 0x02, 0xEF, 2, 1, 64];
        for number in [VENDOR, PRODUCT, 0x2110] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend([1, 2, 3, 1]);
        bytes
    }

    pub(crate) fn configuration_descriptor(&self) -> Vec<u8> {
        let mut body = vec![8, 11, 0, 2, 0x0E, 3, 0, 2];
        body.extend([9, 4, 0, 0, 0, 0x0E, 1, 0, 2]);
        // Video control: header, camera terminal, USB terminal.
        body.extend([
            13,
            0x24,
            1,
            0x00,
            0x01,
            13 + 18 + 9,
            0,
            0x00,
            0x6C,
            0xDC,
            0x02,
            1,
            1,
        ]);
        body.extend([18, 0x24, 2, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]);
        body.extend([9, 0x24, 3, 2, 1, 1, 0, 1, 0]);
        // Video streaming with its formats.
        body.extend([9, 4, 1, 0, 1, 0x0E, 2, 0, 0]);
        let formats: Vec<u8> = (1..)
            .zip(&self.0)
            .flat_map(|(index, (format, modes))| describe(index, *format, modes))
            .collect();
        let header = 13 + self.0.len() as u8;
        body.extend([header, 0x24, 1, self.0.len() as u8]);
        body.extend((u16::from(header) + formats.len() as u16).to_le_bytes());
        body.extend([ENDPOINT, 0, 2, 0, 0, 0, 1]);
        body.extend(vec![0; self.0.len()]);
        body.extend(formats);
        body.extend([7, 5, ENDPOINT, 2, 0x00, 0x02, 0]);
        let mut bytes = vec![9, 2];
        bytes.extend((9 + body.len() as u16).to_le_bytes());
        bytes.extend([2, 1, 0, 0x80, 250]);
        bytes.extend(body);
        bytes
    }
}

fn describe(index: u8, format: Format, modes: &[Mode]) -> Vec<u8> {
    let count = modes.len() as u8;
    let (mut bytes, subtype) = match format {
        Format::Mjpeg => (vec![11, 0x24, 6, index, count, 0, 1, 0, 0, 0, 0], 7),
        Format::Yuyv => {
            let mut bytes = vec![27, 0x24, 4, index, count];
            bytes.extend(b"YUY2\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71");
            bytes.extend([16, 1, 0, 0, 0, 0]);
            (bytes, 5)
        }
    };
    for (number, mode) in (1..).zip(modes) {
        bytes.extend([30, 0x24, subtype, number, 0]);
        bytes.extend(mode.width.to_le_bytes());
        bytes.extend(mode.height.to_le_bytes());
        let bits = mode.raw_size() * 8 * mode.fps;
        for word in [bits, bits, mode.raw_size(), mode.interval()] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.push(1);
        bytes.extend(mode.interval().to_le_bytes());
    }
    bytes
}

/// The negotiation block of probe and commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probe {
    format: u8,
    frame: u8,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            format: 1,
            frame: 1,
        }
    }
}

impl Probe {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self {
            format: bytes.get(2).copied().unwrap_or(1),
            frame: bytes.get(3).copied().unwrap_or(1),
        }
    }

    /// The block as the device answers it.
    pub(crate) fn bytes(self, offer: &Offer) -> Vec<u8> {
        let (format, mode) = offer.chosen(&self);
        let position = offer
            .0
            .iter()
            .position(|(other, _)| *other == format)
            .unwrap_or(0);
        let frame = offer.0[position]
            .1
            .iter()
            .position(|other| *other == mode)
            .unwrap_or(0);
        let mut bytes = vec![0; PROBE];
        bytes[2] = position as u8 + 1;
        bytes[3] = frame as u8 + 1;
        bytes[4..8].copy_from_slice(&mode.interval().to_le_bytes());
        bytes[18..22].copy_from_slice(&mode.raw_size().to_le_bytes());
        bytes[22..26].copy_from_slice(&PAYLOAD.to_le_bytes());
        bytes
    }
}

/// One frame on its way out.
#[derive(Debug)]
pub(crate) struct Outgoing {
    bytes: std::sync::Arc<[u8]>,
    sent: usize,
    toggle: bool,
}

impl Outgoing {
    pub(crate) fn new(bytes: std::sync::Arc<[u8]>, toggle: bool) -> Self {
        Self {
            bytes,
            sent: 0,
            toggle,
        }
    }

    /// The next payload, at most `room` bytes with its header; and whether it is the last one.
    pub(crate) fn payload(&mut self, room: usize) -> (Vec<u8>, bool) {
        let room = room.min(PAYLOAD as usize).saturating_sub(PAYLOAD_HEADER);
        let end = self.bytes.len().min(self.sent + room);
        let last = end == self.bytes.len();
        let mut payload = vec![
            PAYLOAD_HEADER as u8,
            0x80 | u8::from(self.toggle) | u8::from(last) << 1,
        ];
        payload.extend(&self.bytes[self.sent..end]);
        self.sent = end;
        (payload, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Offer {
        Offer(vec![
            (
                Format::Mjpeg,
                vec![Mode::new(1920, 1080, 30), Mode::new(1280, 720, 60)],
            ),
            (Format::Yuyv, vec![Mode::new(640, 480, 30)]),
        ])
    }

    /// Walks descriptors by their length byte.
    fn walk(mut bytes: &[u8]) -> Vec<&[u8]> {
        let mut found = Vec::new();
        while let Some(&length) = bytes.first() {
            let (one, rest) = bytes.split_at(length.into());
            found.push(one);
            bytes = rest;
        }
        found
    }

    #[test]
    fn the_configuration_says_its_own_length() {
        let bytes = offer().configuration_descriptor();
        assert_eq!(
            usize::from(u16::from_le_bytes([bytes[2], bytes[3]])),
            bytes.len()
        );
        assert_eq!(
            walk(&bytes).iter().map(|one| one.len()).sum::<usize>(),
            bytes.len()
        );
    }

    #[test]
    fn every_mode_has_a_frame_descriptor() {
        let bytes = offer().configuration_descriptor();
        let sizes: Vec<u16> = walk(&bytes)
            .iter()
            .filter(|one| one[1] == 0x24 && one.len() == 30)
            .map(|one| u16::from_le_bytes([one[5], one[6]]))
            .collect();
        assert_eq!(sizes, [1920, 1280, 640]);
    }

    #[test]
    fn a_nonsense_choice_falls_back_to_the_first_mode() {
        let chosen = offer().chosen(&Probe {
            format: 9,
            frame: 0,
        });
        assert_eq!(chosen, (Format::Mjpeg, Mode::new(1920, 1080, 30)));
    }

    #[test]
    fn only_the_last_payload_of_a_frame_is_marked() {
        let mut frame = Outgoing::new(vec![7; 20].into(), true);
        assert_eq!(
            frame.payload(12),
            ([vec![2, 0x81], vec![7; 10]].concat(), false)
        );
        assert_eq!(
            frame.payload(12),
            ([vec![2, 0x83], vec![7; 10]].concat(), true)
        );
    }
}
