//! A detailed timing: the exact signal of one mode (3.10.2).

/// One axis: what is seen of it, and what is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) active: u16,
    pub(super) blank: u16,
    pub(super) front: u16,
    pub(super) sync: u16,
}

impl Axis {
    fn total(self) -> u32 {
        u32::from(self.active) + u32::from(self.blank)
    }

    fn adds_up(self) -> bool {
        self.active > 0 && self.sync > 0 && self.front + self.sync <= self.blank
    }
}

/// The exact signal of one mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Pixel clock in units of 10 kHz; not 0.
    pub(super) clock: u16,
    pub(super) horizontal: Axis,
    /// Of a field, when it is interlaced.
    pub(super) vertical: Axis,
    pub(super) interlaced: bool,
    /// Whether the sync pulses of both axes are positive.
    pub(super) positive: bool,
}

impl Timing {
    /// None: these 18 bytes are no timing but a text, a range or nothing.
    pub(super) fn read(bytes: &[u8; 18]) -> Option<Timing> {
        let wide = |low: u8, high: u8, bits: u32| u16::from(low) | (u16::from(high) << bits);
        let [c0, c1, ha, hb, hh, va, vb, vh, hf, hs, vfs, high, ..] = *bytes;
        let clock = u16::from_le_bytes([c0, c1]);
        (clock != 0).then(|| Timing {
            clock,
            horizontal: Axis {
                active: wide(ha, hh >> 4, 8),
                blank: wide(hb, hh & 0xF, 8),
                front: wide(hf, high >> 6, 8),
                sync: wide(hs, high >> 4 & 3, 8),
            },
            vertical: Axis {
                active: wide(va, vh >> 4, 8),
                blank: wide(vb, vh & 0xF, 8),
                front: wide(vfs >> 4, high >> 2 & 3, 4),
                sync: wide(vfs & 0xF, high & 3, 4),
            },
            interlaced: bytes[17] & 0x80 != 0,
            // Digital separate sync with both positive; whatever else there is we never write.
            positive: bytes[17] & 0x1E == 0x1E,
        })
    }

    /// The 18 bytes. The size in millimetres stays 0: it is not known.
    pub(super) fn write(&self) -> [u8; 18] {
        let (h, v) = (self.horizontal, self.vertical);
        let low = |value: u16| (value & 0xFF) as u8;
        let high = |value: u16| (value >> 8) as u8;
        let [c0, c1] = self.clock.to_le_bytes();
        let mut bytes = [0; 18];
        bytes[..12].copy_from_slice(&[
            c0,
            c1,
            low(h.active),
            low(h.blank),
            high(h.active) << 4 | high(h.blank) & 0xF,
            low(v.active),
            low(v.blank),
            high(v.active) << 4 | high(v.blank) & 0xF,
            low(h.front),
            low(h.sync),
            ((v.front & 0xF) << 4 | v.sync & 0xF) as u8,
            high(h.front) << 6
                | (high(h.sync) & 3) << 4
                | ((v.front >> 4 & 3) << 2) as u8
                | (v.sync >> 4 & 3) as u8,
        ]);
        bytes[17] = 0x18 | if self.positive { 0x06 } else { 0 } | u8::from(self.interlaced) << 7;
        bytes
    }

    /// Whether there is a picture in it, and the pulses lie in what is not seen.
    pub(super) fn adds_up(&self) -> bool {
        self.horizontal.adds_up() && self.vertical.adds_up()
    }

    /// Pixels.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.horizontal.active
    }

    /// Lines of the whole picture.
    #[must_use]
    pub fn height(&self) -> u16 {
        let fields = if self.interlaced { 2 } else { 1 };
        self.vertical.active * fields
    }

    /// Pictures a second, or fields when it is interlaced; 0 when it does not add up.
    #[must_use]
    pub fn hz(&self) -> f32 {
        let total = f64::from(self.horizontal.total()) * f64::from(self.vertical.total());
        if total == 0.0 {
            return 0.0;
        }
        (f64::from(self.clock) * 10_000.0 / total) as f32
    }

    /// Whether it comes as two fields.
    #[must_use]
    pub fn is_interlaced(&self) -> bool {
        self.interlaced
    }
}
