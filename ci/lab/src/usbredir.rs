//! The usbredir protocol, version 0.7: packets to bytes and back. Pure.
//!
//! QEMU's `usb-redir` device is the *guest* side, the [dongle](crate::dongle) the *host* side. Only the packets that
//! a device with a control and a bulk endpoint needs; everything else is [`Packet::Other`].

/// Capabilities that we announce: device version, packet sizes of endpoints, 64-bit ids, 32-bit bulk lengths.
const CAPABILITIES: u32 = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6;
const WIDE_IDS: u32 = 1 << 5;
/// No packet that QEMU sends a video dongle is larger.
const PACKET_LIMIT: usize = 1 << 20;
const HIGH_SPEED: u8 = 2;

/// The outcome of a transfer as the protocol numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    Success = 0,
    Cancelled = 1,
    Stall = 4,
}

/// A control transfer's setup stage and, towards the device, its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setup {
    pub(crate) endpoint: u8,
    pub(crate) request: u8,
    pub(crate) request_type: u8,
    pub(crate) value: u16,
    pub(crate) index: u16,
    pub(crate) length: u16,
    pub(crate) data: Vec<u8>,
}

/// What QEMU sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    Hello {
        wide_ids: bool,
    },
    Reset,
    SetConfiguration(u8),
    GetConfiguration,
    SetAltSetting {
        interface: u8,
        alt: u8,
    },
    GetAltSetting {
        interface: u8,
    },
    Cancel,
    Control(Setup),
    /// The guest wants up to this many bytes.
    BulkIn {
        endpoint: u8,
        length: usize,
    },
    Other(u32),
}

/// A packet and the id that its answer must repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) id: u64,
    pub(crate) packet: Packet,
}

/// Cuts the byte stream from QEMU into packets.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    bytes: Vec<u8>,
    wide_ids: bool,
}

/// The stream is not usbredir.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("a usbredir packet of {0} bytes")]
    TooLong(usize),
    #[error("usbredir packet of type {0} is too short")]
    Short(u32),
}

impl Decoder {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole packet.
    pub(crate) fn next(&mut self) -> Result<Option<Numbered>, DecodeError> {
        let header = if self.wide_ids { 16 } else { 12 };
        if self.bytes.len() < header {
            return Ok(None);
        }
        let kind = u32_at(&self.bytes, 0);
        let length = u32_at(&self.bytes, 4) as usize;
        if length > PACKET_LIMIT {
            return Err(DecodeError::TooLong(length));
        }
        if self.bytes.len() < header + length {
            return Ok(None);
        }
        let mut id = u64::from(u32_at(&self.bytes, 8));
        if self.wide_ids {
            id |= u64::from(u32_at(&self.bytes, 12)) << 32;
        }
        let body: Vec<u8> = self.bytes.drain(..header + length).skip(header).collect();
        let packet = parse(kind, &body).ok_or(DecodeError::Short(kind))?;
        if packet == (Packet::Hello { wide_ids: true }) {
            self.wide_ids = true;
        }
        Ok(Some(Numbered { id, packet }))
    }
}

fn parse(kind: u32, body: &[u8]) -> Option<Packet> {
    let byte = |at: usize| body.get(at).copied();
    Some(match kind {
        0 => Packet::Hello {
            wide_ids: body.len() >= 68 && u32_at(body, 64) & WIDE_IDS != 0,
        },
        3 => Packet::Reset,
        6 => Packet::SetConfiguration(byte(0)?),
        7 => Packet::GetConfiguration,
        9 => Packet::SetAltSetting {
            interface: byte(0)?,
            alt: byte(1)?,
        },
        10 => Packet::GetAltSetting {
            interface: byte(0)?,
        },
        21 => Packet::Cancel,
        100 if body.len() >= 10 => Packet::Control(Setup {
            endpoint: body[0],
            request: body[1],
            request_type: body[2],
            value: u16_at(body, 4),
            index: u16_at(body, 6),
            length: u16_at(body, 8),
            data: body[10..].to_vec(),
        }),
        101 if body.len() >= 10 => Packet::BulkIn {
            endpoint: body[0],
            length: usize::from(u16_at(body, 2)) | usize::from(u16_at(body, 8)) << 16,
        },
        100 | 101 => return None,
        other => Packet::Other(other),
    })
}

/// Writes packets to QEMU in the id width that both sides agreed on.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    pub(crate) wide_ids: bool,
}

impl Encoder {
    fn packet(&self, kind: u32, id: u64, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 + body.len());
        bytes.extend(kind.to_le_bytes());
        bytes.extend((body.len() as u32).to_le_bytes());
        let id = id.to_le_bytes();
        bytes.extend(if self.wide_ids { &id[..] } else { &id[..4] });
        bytes.extend(body);
        bytes
    }

    pub(crate) fn hello(&self) -> Vec<u8> {
        let mut body = b"farseat lab dongle".to_vec();
        body.resize(64, 0);
        body.extend(CAPABILITIES.to_le_bytes());
        self.packet(0, 0, &body)
    }

    /// The device is there: high speed, video class, one interface for control and one with one bulk IN endpoint.
    pub(crate) fn connect(&self, vendor: u16, product: u16) -> Vec<u8> {
        let mut body = vec![HIGH_SPEED, 0xEF, 2, 1];
        for number in [vendor, product, 0x2110] {
            body.extend(number.to_le_bytes());
        }
        self.packet(1, 0, &body)
    }

    /// Interfaces and endpoints; must come before [`Encoder::connect`] and after each change of configuration.
    pub(crate) fn endpoints(&self, bulk_in: u8) -> Vec<u8> {
        let mut interfaces = 2u32.to_le_bytes().to_vec();
        for (first, second) in [(0, 1), (14, 14), (1, 2), (0, 0)] {
            let mut column = [0; 32];
            (column[0], column[1]) = (first, second);
            interfaces.extend(column);
        }
        // Index 0..16 are OUT endpoints, 16..32 IN; 255 means "not there", 0 control, 2 bulk.
        let bulk = 16 + usize::from(bulk_in & 0x0F);
        let (mut kinds, mut owners, mut sizes) = ([255u8; 32], [0u8; 32], [0u16; 32]);
        (kinds[0], kinds[16], kinds[bulk]) = (0, 0, 2);
        owners[bulk] = 1;
        (sizes[0], sizes[16], sizes[bulk]) = (64, 64, 512);
        let mut endpoints = kinds.to_vec();
        endpoints.extend([0; 32]);
        endpoints.extend(owners);
        endpoints.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        let mut both = self.packet(4, 0, &interfaces);
        both.extend(self.packet(5, 0, &endpoints));
        both
    }

    pub(crate) fn configuration_status(&self, id: u64, configuration: u8) -> Vec<u8> {
        self.packet(8, id, &[0, configuration])
    }

    pub(crate) fn alt_setting_status(&self, id: u64, interface: u8, alt: u8) -> Vec<u8> {
        self.packet(11, id, &[0, interface, alt])
    }

    /// The answer to a control transfer. `data` goes to the guest when the transfer is towards it.
    pub(crate) fn control(&self, id: u64, setup: &Setup, status: Status, data: &[u8]) -> Vec<u8> {
        let inward = setup.request_type & 0x80 != 0;
        let data = if inward {
            &data[..data.len().min(setup.length.into())]
        } else {
            &[]
        };
        let length = if inward {
            data.len() as u16
        } else {
            setup.length
        };
        let mut body = vec![
            setup.endpoint,
            setup.request,
            setup.request_type,
            status as u8,
        ];
        for number in [setup.value, setup.index, length] {
            body.extend(number.to_le_bytes());
        }
        body.extend(data);
        self.packet(100, id, &body)
    }

    pub(crate) fn bulk(&self, id: u64, endpoint: u8, status: Status, data: &[u8]) -> Vec<u8> {
        let length = data.len() as u32;
        let mut body = vec![endpoint, status as u8];
        body.extend((length as u16).to_le_bytes());
        body.extend(0u32.to_le_bytes());
        body.extend(((length >> 16) as u16).to_le_bytes());
        body.extend(data);
        self.packet(101, id, &body)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello() -> Vec<u8> {
        Encoder::default().hello()
    }

    #[test]
    fn a_packet_split_across_reads_is_put_together() {
        let mut decoder = Decoder::default();
        let bytes = hello();
        decoder.feed(&bytes[..30]);
        assert_eq!(decoder.next(), Ok(None));
        decoder.feed(&bytes[30..]);
        assert_eq!(
            decoder.next(),
            Ok(Some(Numbered {
                id: 0,
                packet: Packet::Hello { wide_ids: true }
            }))
        );
    }

    #[test]
    fn ids_are_wide_after_both_sides_said_so() {
        let mut decoder = Decoder::default();
        decoder.feed(&hello());
        decoder.next().unwrap();
        decoder.feed(&Encoder { wide_ids: true }.packet(3, 1 << 40, &[]));
        assert_eq!(
            decoder.next(),
            Ok(Some(Numbered {
                id: 1 << 40,
                packet: Packet::Reset
            }))
        );
    }

    #[test]
    fn a_bulk_request_may_be_longer_than_sixteen_bits() {
        let body = [0x81, 0, 1, 0, 0, 0, 0, 0, 1, 0];
        assert_eq!(
            parse(101, &body),
            Some(Packet::BulkIn {
                endpoint: 0x81,
                length: 65537
            })
        );
    }

    #[test]
    fn an_absurd_length_is_refused() {
        let mut decoder = Decoder::default();
        decoder.feed(&[100, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]);
        assert_eq!(decoder.next(), Err(DecodeError::TooLong(0xFFFF_FFFF)));
    }

    #[test]
    fn a_control_answer_is_cut_to_what_the_guest_asked_for() {
        let setup = Setup {
            endpoint: 0x80,
            request: 6,
            request_type: 0x80,
            value: 0x0100,
            index: 0,
            length: 8,
            data: vec![],
        };
        let bytes = Encoder::default().control(5, &setup, Status::Success, &[7; 18]);
        assert_eq!(bytes.len(), 12 + 10 + 8);
    }
}
