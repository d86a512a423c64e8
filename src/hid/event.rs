//! Events from the operator, as they arrive on the control socket (`docs/protocol.md`).
//!
//! [`Message::parse`] is the door: what passes it is in range. It never panics on any bytes.

/// A usage on one of the pages that the gadget has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Usage {
    /// Keyboard/Keypad page (0x07), 0x04..=0xDD and the modifiers 0xE0..=0xE7.
    Key(u8),
    /// Consumer page (0x0C), 1..=0x3FF.
    Consumer(u16),
    /// Generic Desktop page (0x01), system control 0x81 power down, 0x82 sleep, 0x83 wake up.
    System(u8),
}

/// A mouse button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Button {
    Left = 0,
    Right = 1,
    Middle = 2,
    Back = 3,
    Forward = 4,
}

impl Button {
    pub const ALL: [Button; 5] = [
        Button::Left,
        Button::Right,
        Button::Middle,
        Button::Back,
        Button::Forward,
    ];
}

/// The far edge of the target's screen in [`Event::MoveTo`].
pub const MAX_POSITION: u16 = 32767;

/// Which of the two mice moves, clicks and scrolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PointerMode {
    #[default]
    Absolute,
    Relative,
}

/// One thing that the operator did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Key {
        usage: Usage,
        down: bool,
    },
    /// 0..=32767 across the target's screen.
    MoveTo {
        x: u16,
        y: u16,
    },
    MoveBy {
        dx: i16,
        dy: i16,
    },
    Button {
        button: Button,
        down: bool,
    },
    /// In detents; positive = away from the user, right.
    Wheel {
        vertical: i8,
        horizontal: i8,
    },
    ReleaseAll,
    Heartbeat,
    RequestControl {
        take_over: bool,
    },
    GiveUpControl,
    PointerMode(PointerMode),
}

/// One message of the control socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    pub sequence: u32,
    pub event: Event,
}

/// Why a message was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("message is shorter than its five-byte header")]
    Short,
    #[error("unknown event kind {0:#04x}")]
    UnknownKind(u8),
    #[error("event kind {kind:#04x} takes {expected} payload bytes, got {got}")]
    Length {
        kind: u8,
        expected: usize,
        got: usize,
    },
    #[error("value out of range in event kind {kind:#04x}")]
    Range { kind: u8 },
}

/// Kind and sequence number.
const HEADER: usize = 5;

impl Message {
    /// Reads one message of the control socket.
    ///
    /// # Errors
    /// [`ParseError`] says what is wrong with it; nothing of such a message may reach the target.
    pub fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
        let (header, payload) = bytes
            .split_first_chunk::<HEADER>()
            .ok_or(ParseError::Short)?;
        let [kind, s0, s1, s2, s3] = *header;
        let event = event(kind, payload)?;
        Ok(Message {
            sequence: u32::from_le_bytes([s0, s1, s2, s3]),
            event,
        })
    }

    /// Writes the message as [`parse`](Message::parse) reads it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (kind, payload) = encode_event(self.event);
        let mut bytes = vec![kind];
        bytes.extend_from_slice(&self.sequence.to_le_bytes());
        bytes.extend_from_slice(&payload);
        bytes
    }
}

fn event(kind: u8, payload: &[u8]) -> Result<Event, ParseError> {
    let range = ParseError::Range { kind };
    let flag = |byte: u8| if byte <= 1 { Ok(byte == 1) } else { Err(range) };
    Ok(match kind {
        0x01 => {
            let [page, low, high, down] = fixed(kind, payload)?;
            let usage = usage(page, u16::from_le_bytes([low, high])).ok_or(range)?;
            Event::Key {
                usage,
                down: flag(down)?,
            }
        }
        0x02 => {
            let [x, y] = pair(kind, payload)?.map(u16::from_le_bytes);
            if x > MAX_POSITION || y > MAX_POSITION {
                return Err(range);
            }
            Event::MoveTo { x, y }
        }
        0x03 => {
            let [dx, dy] = pair(kind, payload)?.map(i16::from_le_bytes);
            Event::MoveBy { dx, dy }
        }
        0x04 => {
            let [index, down] = fixed(kind, payload)?;
            let button = Button::ALL.get(usize::from(index)).ok_or(range)?;
            Event::Button {
                button: *button,
                down: flag(down)?,
            }
        }
        0x05 => {
            let [vertical, horizontal] = fixed(kind, payload)?.map(u8::cast_signed);
            Event::Wheel {
                vertical,
                horizontal,
            }
        }
        0x06 => nothing(kind, payload, Event::ReleaseAll)?,
        0x07 => nothing(kind, payload, Event::Heartbeat)?,
        0x08 => {
            let [take_over] = fixed(kind, payload)?;
            Event::RequestControl {
                take_over: flag(take_over)?,
            }
        }
        0x09 => nothing(kind, payload, Event::GiveUpControl)?,
        0x0A => {
            let [relative] = fixed(kind, payload)?;
            Event::PointerMode(if flag(relative)? {
                PointerMode::Relative
            } else {
                PointerMode::Absolute
            })
        }
        unknown => return Err(ParseError::UnknownKind(unknown)),
    })
}

fn fixed<const N: usize>(kind: u8, payload: &[u8]) -> Result<[u8; N], ParseError> {
    let length = ParseError::Length {
        kind,
        expected: N,
        got: payload.len(),
    };
    payload.try_into().map_err(|_| length)
}

fn pair(kind: u8, payload: &[u8]) -> Result<[[u8; 2]; 2], ParseError> {
    let [a, b, c, d] = fixed(kind, payload)?;
    Ok([[a, b], [c, d]])
}

fn nothing(kind: u8, payload: &[u8], event: Event) -> Result<Event, ParseError> {
    fixed::<0>(kind, payload).map(|_| event)
}

fn usage(page: u8, id: u16) -> Option<Usage> {
    match (page, id) {
        (0, 0x04..=0xDD | 0xE0..=0xE7) => Some(Usage::Key(id as u8)),
        (1, 1..=0x3FF) => Some(Usage::Consumer(id)),
        (2, 0x81..=0x83) => Some(Usage::System(id as u8)),
        _ => None,
    }
}

fn encode_event(event: Event) -> (u8, Vec<u8>) {
    let two = |a: [u8; 2], b: [u8; 2]| [a, b].concat();
    match event {
        Event::Key { usage, down } => {
            let (page, id) = match usage {
                Usage::Key(id) => (0, u16::from(id)),
                Usage::Consumer(id) => (1, id),
                Usage::System(id) => (2, u16::from(id)),
            };
            let [low, high] = id.to_le_bytes();
            (0x01, vec![page, low, high, u8::from(down)])
        }
        Event::MoveTo { x, y } => (0x02, two(x.to_le_bytes(), y.to_le_bytes())),
        Event::MoveBy { dx, dy } => (0x03, two(dx.to_le_bytes(), dy.to_le_bytes())),
        Event::Button { button, down } => (0x04, vec![button as u8, u8::from(down)]),
        Event::Wheel {
            vertical,
            horizontal,
        } => (
            0x05,
            vec![vertical.cast_unsigned(), horizontal.cast_unsigned()],
        ),
        Event::ReleaseAll => (0x06, vec![]),
        Event::Heartbeat => (0x07, vec![]),
        Event::RequestControl { take_over } => (0x08, vec![u8::from(take_over)]),
        Event::GiveUpControl => (0x09, vec![]),
        Event::PointerMode(mode) => (0x0A, vec![u8::from(mode == PointerMode::Relative)]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_usage() -> impl Strategy<Value = Usage> {
        prop_oneof![
            (0x04u8..=0xDD).prop_map(Usage::Key),
            (0xE0u8..=0xE7).prop_map(Usage::Key),
            (1u16..=0x3FF).prop_map(Usage::Consumer),
            (0x81u8..=0x83).prop_map(Usage::System),
        ]
    }

    fn any_event() -> impl Strategy<Value = Event> {
        let position = 0..=MAX_POSITION;
        prop_oneof![
            (any_usage(), any::<bool>()).prop_map(|(usage, down)| Event::Key { usage, down }),
            (position.clone(), position).prop_map(|(x, y)| Event::MoveTo { x, y }),
            any::<(i16, i16)>().prop_map(|(dx, dy)| Event::MoveBy { dx, dy }),
            (prop::sample::select(&Button::ALL), any::<bool>())
                .prop_map(|(button, down)| Event::Button { button, down }),
            any::<(i8, i8)>().prop_map(|(vertical, horizontal)| Event::Wheel {
                vertical,
                horizontal
            }),
            Just(Event::ReleaseAll),
            Just(Event::Heartbeat),
            any::<bool>().prop_map(|take_over| Event::RequestControl { take_over }),
            Just(Event::GiveUpControl),
            Just(Event::PointerMode(PointerMode::Absolute)),
            Just(Event::PointerMode(PointerMode::Relative)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_encoded_parses_to_the_same(sequence: u32, event in any_event()) {
            let message = Message { sequence, event };
            prop_assert_eq!(Message::parse(&message.encode()), Ok(message));
        }

        #[test]
        fn arbitrary_bytes_never_panic_and_what_parses_encodes_to_the_same(
            kind in 0u8..16,
            rest in proptest::collection::vec(any::<u8>(), 0..12),
        ) {
            let bytes = [vec![kind], rest].concat();
            if let Ok(message) = Message::parse(&bytes) {
                prop_assert_eq!(message.encode(), bytes);
            }
        }
    }

    #[test]
    fn a_key_is_on_the_wire_as_the_protocol_says() {
        let message = Message {
            sequence: 0x0102_0304,
            event: Event::Key {
                usage: Usage::Consumer(0x238),
                down: true,
            },
        };
        assert_eq!(message.encode(), [0x01, 4, 3, 2, 1, 1, 0x38, 0x02, 1]);
    }

    #[test]
    fn each_breach_of_the_protocol_is_named() {
        let refused: [(&[u8], ParseError); 9] = [
            (&[], ParseError::Short),
            (&[1, 0, 0, 0], ParseError::Short),
            (&[0x0B, 0, 0, 0, 0], ParseError::UnknownKind(0x0B)),
            (
                &[0x06, 0, 0, 0, 0, 9],
                ParseError::Length {
                    kind: 6,
                    expected: 0,
                    got: 1,
                },
            ),
            (&[0x04, 0, 0, 0, 0, 5, 1], ParseError::Range { kind: 4 }),
            (&[0x04, 0, 0, 0, 0, 0, 2], ParseError::Range { kind: 4 }),
            (
                &[0x02, 0, 0, 0, 0, 0, 0x80, 0, 0],
                ParseError::Range { kind: 2 },
            ),
            (
                &[0x01, 0, 0, 0, 0, 0, 0xDE, 0, 1],
                ParseError::Range { kind: 1 },
            ),
            (
                &[0x01, 0, 0, 0, 0, 3, 4, 0, 1],
                ParseError::Range { kind: 1 },
            ),
        ];
        for (bytes, error) in refused {
            assert_eq!(Message::parse(bytes), Err(error), "{bytes:02x?}");
        }
    }
}
