//! Events from the operator, as they arrive on the control socket (`docs/protocol.md`).
//!
//! [`Message::parse`] is the door: what passes it is in range. It never panics on any bytes.

/// A usage on one of the pages that the gadget has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Usage {
    /// Keyboard/Keypad page (0x07), 0x04..=0xE7.
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
    Key { usage: Usage, down: bool },
    /// 0..=32767 across the target's screen.
    MoveTo { x: u16, y: u16 },
    MoveBy { dx: i16, dy: i16 },
    Button { button: Button, down: bool },
    /// In detents; positive = away from the user, right.
    Wheel { vertical: i8, horizontal: i8 },
    ReleaseAll,
    Heartbeat,
    RequestControl { take_over: bool },
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
    Length { kind: u8, expected: usize, got: usize },
    #[error("value out of range in event kind {kind:#04x}")]
    Range { kind: u8 },
}
