//! The dongle's firmware: answers USB packets and hands out frames. Pure; time comes in, bytes go out.
//!
//! ```text
//!            commit                 clear halt / reset
//!   idle ──────────────▶ streaming ───────────────────▶ idle
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::picture::Picture;
use crate::usbredir::{Encoder, Numbered, Packet, Setup, Status};
use crate::uvc::{ENDPOINT, Format, Mode, Offer, Outgoing, PRODUCT, Probe, VENDOR};

const STRINGS: [&str; 3] = ["MACROSILICON", "USB Video", "LAB0001"];
/// After a pause the dongle does not send what it missed, only this much of it.
const CATCH_UP: Duration = Duration::from_millis(50);

/// What happens at the dongle's end of the cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// The appliance has found the dongle.
    Enumerated,
    /// The appliance wants frames.
    Started(Format, Mode),
    /// The appliance wants no more frames.
    Stopped,
    /// One whole frame has left.
    FrameSent,
}

/// How the dongle misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Faults {
    /// Send nothing until the stream is started anew.
    pub(crate) frozen: bool,
    /// Begin every stream with this many frames of noise.
    pub(crate) garbage_first: u32,
    /// Cut this many of the next frames in the middle.
    pub(crate) truncate: u32,
}

struct Wanted {
    id: u64,
    endpoint: u8,
    room: usize,
}

pub(crate) struct Device {
    offer: Offer,
    pub(crate) picture: Picture,
    pub(crate) faults: Faults,
    pub(crate) happened: Vec<Happening>,
    encoder: Encoder,
    probe: Probe,
    streaming: Option<(Format, Mode)>,
    /// Frames of noise still to come in this stream.
    garbage: u32,
    wanted: VecDeque<Wanted>,
    frame: Option<Outgoing>,
    toggle: bool,
    due: Instant,
    encoded: Option<(Picture, Format, Mode, Arc<[u8]>)>,
}

impl Device {
    pub(crate) fn new(offer: Offer, picture: Picture, now: Instant) -> Self {
        Self {
            offer,
            picture,
            faults: Faults::default(),
            happened: Vec::new(),
            encoder: Encoder::default(),
            probe: Probe::default(),
            streaming: None,
            garbage: 0,
            wanted: VecDeque::new(),
            frame: None,
            toggle: false,
            due: now,
            encoded: None,
        }
    }

    /// What a device says first.
    pub(crate) fn greeting(&self) -> Vec<u8> {
        self.encoder.hello()
    }

    /// The answer to one packet, perhaps empty.
    pub(crate) fn answer(&mut self, Numbered { id, packet }: Numbered, now: Instant) -> Vec<u8> {
        match packet {
            Packet::Hello { wide_ids } => {
                self.encoder.wide_ids = wide_ids;
                let mut bytes = self.encoder.endpoints(ENDPOINT);
                bytes.extend(self.encoder.connect(VENDOR, PRODUCT));
                bytes
            }
            Packet::Reset => {
                self.stop();
                self.wanted.clear();
                Vec::new()
            }
            Packet::SetConfiguration(configuration) => {
                self.happened.push(Happening::Enumerated);
                let mut bytes = self.encoder.endpoints(ENDPOINT);
                bytes.extend(self.encoder.configuration_status(id, configuration));
                bytes
            }
            Packet::GetConfiguration => self.encoder.configuration_status(id, 1),
            Packet::SetAltSetting { interface, alt } => {
                self.encoder.alt_setting_status(id, interface, alt)
            }
            Packet::GetAltSetting { interface } => {
                self.encoder.alt_setting_status(id, interface, 0)
            }
            Packet::Cancel => self.cancel(id),
            Packet::Control(setup) => match self.control(&setup, now) {
                Some(data) => self.encoder.control(id, &setup, Status::Success, &data),
                None => self.encoder.control(id, &setup, Status::Stall, &[]),
            },
            Packet::BulkIn { endpoint, length } => {
                self.wanted.push_back(Wanted {
                    id,
                    endpoint,
                    room: length,
                });
                Vec::new()
            }
            Packet::Other(_) => Vec::new(),
        }
    }

    fn cancel(&mut self, id: u64) -> Vec<u8> {
        let Some(at) = self.wanted.iter().position(|wanted| wanted.id == id) else {
            return Vec::new();
        };
        let endpoint = self
            .wanted
            .remove(at)
            .map_or(ENDPOINT, |wanted| wanted.endpoint);
        self.encoder.bulk(id, endpoint, Status::Cancelled, &[])
    }

    /// `None` is a stall: the request is not for us.
    fn control(&mut self, setup: &Setup, now: Instant) -> Option<Vec<u8>> {
        match (setup.request_type, setup.request) {
            (0x80, 6) => self.descriptor(setup.value),
            (0x80, 0) => Some(vec![0, 0]),
            // Clear the endpoint's halt: how the driver ends a bulk stream.
            (0x02, 1) => {
                self.stop();
                Some(Vec::new())
            }
            (0x21, 1) if setup.index & 0xFF == 1 => {
                self.probe = Probe::parse(&setup.data);
                if setup.value >> 8 == 2 {
                    self.start(now);
                }
                Some(Vec::new())
            }
            (0xA1, request) if setup.index & 0xFF == 1 => match request {
                0x86 => Some(vec![3]),
                0x85 => Some(26u16.to_le_bytes().to_vec()),
                0x81..=0x87 => Some(self.probe.bytes(&self.offer)),
                _ => None,
            },
            _ => None,
        }
    }

    fn descriptor(&self, value: u16) -> Option<Vec<u8>> {
        let [index, kind] = value.to_le_bytes();
        match kind {
            1 => Some(Offer::device_descriptor()),
            2 => Some(self.offer.configuration_descriptor()),
            3 if index == 0 => Some(vec![4, 3, 0x09, 0x04]),
            3 => {
                let text: Vec<u8> = STRINGS
                    .get(usize::from(index) - 1)?
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect();
                Some([vec![text.len() as u8 + 2, 3], text].concat())
            }
            _ => None,
        }
    }

    fn start(&mut self, now: Instant) {
        self.stop();
        let (format, mode) = self.offer.chosen(&self.probe);
        self.streaming = Some((format, mode));
        self.garbage = self.faults.garbage_first;
        self.faults.frozen = false;
        self.due = now;
        self.happened.push(Happening::Started(format, mode));
    }

    fn stop(&mut self) {
        if self.streaming.take().is_some() {
            self.happened.push(Happening::Stopped);
        }
        self.frame = None;
    }

    /// Everything that may leave now, and when to come back if a frame must wait for its time.
    pub(crate) fn pump(&mut self, now: Instant) -> (Vec<u8>, Option<Instant>) {
        let mut bytes = Vec::new();
        let Some((format, mode)) = self.streaming else {
            return (bytes, None);
        };
        while !self.faults.frozen && !self.wanted.is_empty() {
            if self.frame.is_none() && now < self.due {
                return (bytes, Some(self.due));
            }
            let mut frame = match self.frame.take() {
                Some(frame) => frame,
                None => self.next_frame(format, mode, now),
            };
            let Some(wanted) = self.wanted.pop_front() else {
                break;
            };
            let (payload, last) = frame.payload(wanted.room);
            bytes.extend(
                self.encoder
                    .bulk(wanted.id, wanted.endpoint, Status::Success, &payload),
            );
            if last {
                self.happened.push(Happening::FrameSent);
            } else {
                self.frame = Some(frame);
            }
        }
        (bytes, None)
    }

    fn next_frame(&mut self, format: Format, mode: Mode, now: Instant) -> Outgoing {
        let whole = self.encoded(format, mode);
        let bytes = if self.garbage > 0 {
            self.garbage -= 1;
            // As long as a picture, but no picture: what cheap dongles send before they have locked.
            whole
                .iter()
                .map(|byte| byte.wrapping_mul(31) ^ 0x5A)
                .collect()
        } else if self.faults.truncate > 0 {
            self.faults.truncate -= 1;
            whole[..whole.len() / 2].into()
        } else {
            whole
        };
        let interval = Duration::from_secs(1) / mode.fps;
        self.due = (self.due + interval).max(now.checked_sub(CATCH_UP).unwrap_or(now));
        self.toggle = !self.toggle;
        Outgoing::new(bytes, self.toggle)
    }

    fn encoded(&mut self, format: Format, mode: Mode) -> Arc<[u8]> {
        if let Some((picture, old_format, old_mode, bytes)) = &self.encoded
            && (*picture, *old_format, *old_mode) == (self.picture, format, mode)
        {
            return Arc::clone(bytes);
        }
        let bytes = self.picture.encode(format, mode);
        self.encoded = Some((self.picture, format, mode, Arc::clone(&bytes)));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Colour;

    const MODE: Mode = Mode::new(64, 48, 10);

    fn device(now: Instant) -> Device {
        Device::new(
            Offer(vec![(Format::Mjpeg, vec![MODE])]),
            Picture::Solid(Colour::RED),
            now,
        )
    }

    fn commit(device: &mut Device, now: Instant) {
        let setup = Setup {
            endpoint: 0,
            request: 1,
            request_type: 0x21,
            value: 0x0200,
            index: 1,
            length: 26,
            data: vec![0, 0, 1, 1],
        };
        device.answer(
            Numbered {
                id: 1,
                packet: Packet::Control(setup),
            },
            now,
        );
    }

    fn want(device: &mut Device, id: u64, now: Instant) {
        device.answer(
            Numbered {
                id,
                packet: Packet::BulkIn {
                    endpoint: ENDPOINT,
                    length: 16384,
                },
            },
            now,
        );
    }

    #[test]
    fn nothing_leaves_before_the_commit() {
        let now = Instant::now();
        let mut device = device(now);
        want(&mut device, 2, now);
        assert_eq!(device.pump(now), (vec![], None));
    }

    #[test]
    fn frames_leave_at_the_rate_of_the_mode() {
        let now = Instant::now();
        let mut device = device(now);
        commit(&mut device, now);
        want(&mut device, 2, now);
        want(&mut device, 3, now);
        let (bytes, due) = device.pump(now);
        assert!(!bytes.is_empty());
        assert_eq!(due, Some(now + Duration::from_millis(100)));
        assert_eq!(
            device.happened,
            [
                Happening::Started(Format::Mjpeg, MODE),
                Happening::FrameSent
            ]
        );
    }

    #[test]
    fn a_frozen_dongle_thaws_at_the_next_start() {
        let now = Instant::now();
        let mut device = device(now);
        commit(&mut device, now);
        want(&mut device, 2, now);
        device.faults.frozen = true;
        assert_eq!(device.pump(now), (vec![], None));
        commit(&mut device, now);
        assert!(!device.pump(now).0.is_empty());
    }

    #[test]
    fn a_cancelled_transfer_is_answered_once() {
        let now = Instant::now();
        let mut device = device(now);
        want(&mut device, 2, now);
        let cancel = Numbered {
            id: 2,
            packet: Packet::Cancel,
        };
        assert!(!device.answer(cancel.clone(), now).is_empty());
        assert!(device.answer(cancel, now).is_empty());
    }

    #[test]
    fn only_the_first_frame_of_a_stream_is_garbage() {
        let now = Instant::now();
        let mut device = device(now);
        device.faults.garbage_first = 1;
        commit(&mut device, now);
        let whole = device.encoded(Format::Mjpeg, MODE);
        let mut first = device.next_frame(Format::Mjpeg, MODE, now);
        let mut second = device.next_frame(Format::Mjpeg, MODE, now);
        assert_ne!(first.payload(16384).0[2..], whole[..]);
        assert_eq!(second.payload(16384).0[2..], whole[..]);
    }
}
