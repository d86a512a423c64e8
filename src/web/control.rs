//! `WS /api/v1/control`: events to a seat at the console, its state back.
//!
//! Parses at the door: a message that breaks a rule ends the socket and reaches nobody. The seat
//! lives exactly as long as the conversation, so its keys are released with it.

use std::convert::Infallible;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::protocol::Message as WireMessage;

use std::sync::Arc;

use super::Face;
use super::gate::Operator;
use super::route::{Answer, Call};
use super::socket::{self, End, Socket, Talk};
use crate::auth::Session;
use crate::console::{ConsoleState, Controller, Jiggler, Outcome, Seat};
use crate::hid::Leds;
use crate::hid::event::Message;
use crate::hid::functions::Functions;
use crate::target::UsbLink;

const ACKNOWLEDGEMENT: u8 = 0x81;
/// Messages that are handled before their acknowledgement is sent, when they arrive together.
const BATCH: usize = 32;

/// Answers the upgrade.
pub(crate) async fn open(call: Call, operator: Operator) -> Answer {
    let session = operator.clone();
    let talk = Operating {
        face: call.face.clone(),
        session: session.clone(),
    };
    socket::upgrade(call, session, talk)
}

struct Operating {
    face: Arc<Face>,
    session: Session,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Text<'a> {
    Welcome {
        seat: String,
    },
    Lease {
        you: bool,
        controller: Option<Holder<'a>>,
    },
    Viewers {
        count: usize,
    },
    Leds(&'a Leds),
    Usb {
        state: UsbLink,
    },
    Pointer {
        absolute: bool,
    },
    Jiggler {
        state: Jiggler,
    },
    /// What the target is shown on USB, and whether more waits to be plugged in.
    Functions {
        shown: Functions,
        rest: bool,
    },
}

#[derive(Serialize)]
struct Holder<'a> {
    seat: String,
    name: &'a str,
}

impl Talk for Operating {
    async fn run(self, socket: &mut Socket) -> End {
        let console = &self.face.services.console;
        let states = console.state();
        let desk = Desk {
            seat: console.join(self.session.user()),
            last: 0,
            told: None,
        };
        match desk.serve(&self, states, socket).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }
}

/// One operator: their seat, and what they have been told.
struct Desk {
    seat: Seat,
    /// The last sequence number.
    last: u32,
    told: Option<ConsoleState>,
}

impl Desk {
    async fn serve(
        mut self,
        operating: &Operating,
        mut states: watch::Receiver<ConsoleState>,
        socket: &mut Socket,
    ) -> Result<Infallible, End> {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let seat = self.seat.id().0.to_string();
        socket.send_text(&Text::Welcome { seat }).await?;
        states.mark_changed();
        loop {
            tokio::select! {
                message = socket.receive() => self.events(message?, socket).await?,
                changed = states.changed() => {
                    changed.map_err(|_| End::Stopping)?;
                    let state = states.borrow_and_update().clone();
                    self.tell(state, socket).await?;
                }
                _ = second.tick() => {
                    socket.tick(&operating.face.services.auth, &operating.session).await?;
                }
            }
        }
    }

    /// Handles this message and those that arrived with it, then acknowledges them: one
    /// acknowledgement for each run of the same outcome.
    async fn events(&mut self, first: Bytes, socket: &mut Socket) -> Result<(), End> {
        let mut outcome = self.event(&first)?;
        for _ in 1..BATCH {
            let Some(next) = socket.receive_now() else {
                break;
            };
            let before = self.last;
            let result = next.and_then(|bytes| self.event(&bytes));
            if result != Ok(outcome) {
                socket.send(acknowledgement(before, outcome)).await?;
                outcome = result?;
            }
        }
        socket.send(acknowledgement(self.last, outcome)).await
    }

    fn event(&mut self, bytes: &[u8]) -> Result<Outcome, End> {
        let message =
            Message::parse(bytes).map_err(|_| End::Malformed("not an event of this protocol"))?;
        if message.sequence != self.last.wrapping_add(1) {
            return Err(End::Malformed("sequence numbers start at 1 and grow by 1"));
        }
        self.last = message.sequence;
        Ok(self.seat.handle(message.event))
    }

    /// Sends what is new about the console.
    async fn tell(&mut self, state: ConsoleState, socket: &mut Socket) -> Result<(), End> {
        for text in news(self.told.as_ref(), &state, self.seat.id()) {
            socket.send_text(&text).await?;
        }
        self.told = Some(state);
        Ok(())
    }
}

/// The texts that lead from one state to the next.
fn news<'a>(
    told: Option<&ConsoleState>,
    state: &'a ConsoleState,
    seat: crate::console::SeatId,
) -> Vec<Text<'a>> {
    let mut texts = Vec::new();
    if told.map(|told| &told.controller) != Some(&state.controller) {
        let you = state
            .controller
            .as_ref()
            .is_some_and(|holder| holder.seat == seat);
        let controller = state
            .controller
            .as_ref()
            .map(|Controller { seat, name }| Holder {
                seat: seat.0.to_string(),
                name,
            });
        texts.push(Text::Lease { you, controller });
    }
    if told.map(|told| told.seats) != Some(state.seats) {
        texts.push(Text::Viewers { count: state.seats });
    }
    if told.map(|told| told.leds) != Some(state.leds) {
        texts.push(Text::Leds(&state.leds));
    }
    if told.map(|told| told.usb) != Some(state.usb) {
        texts.push(Text::Usb { state: state.usb });
    }
    if told.map(|told| told.absolute) != Some(state.absolute) {
        texts.push(Text::Pointer {
            absolute: state.absolute,
        });
    }
    if told.map(|told| told.jiggler) != Some(state.jiggler) {
        texts.push(Text::Jiggler {
            state: state.jiggler,
        });
    }
    if told.map(|told| told.shown) != Some(state.shown) {
        texts.push(Text::Functions {
            shown: state.shown.functions,
            rest: state.shown.rest,
        });
    }
    texts
}

fn acknowledgement(sequence: u32, outcome: Outcome) -> WireMessage {
    let mut bytes = BytesMut::with_capacity(6);
    bytes.put_u8(ACKNOWLEDGEMENT);
    bytes.put_u32_le(sequence);
    bytes.put_u8(outcome as u8);
    WireMessage::binary(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::{SeatId, Shown};

    fn state() -> ConsoleState {
        ConsoleState {
            controller: Some(Controller {
                seat: SeatId(7),
                name: "ann".to_owned(),
            }),
            seats: 2,
            leds: Leds::from_report(0b10),
            usb: UsbLink::Suspended,
            absolute: false,
            jiggler: Jiggler::Resting,
            shown: Shown {
                functions: Functions::KEYBOARD,
                rest: true,
            },
        }
    }

    fn texts(told: Option<&ConsoleState>, state: &ConsoleState, seat: u32) -> Vec<String> {
        let json = |text: &Text<'_>| serde_json::to_string(text).expect("json");
        news(told, state, SeatId(seat)).iter().map(json).collect()
    }

    #[test]
    fn a_new_socket_is_told_everything() {
        assert_eq!(
            texts(None, &state(), 7),
            [
                r#"{"type":"lease","you":true,"controller":{"seat":"7","name":"ann"}}"#,
                r#"{"type":"viewers","count":2}"#,
                r#"{"type":"leds","num":false,"caps":true,"scroll":false,"compose":false,"kana":false}"#,
                r#"{"type":"usb","state":"suspended"}"#,
                r#"{"type":"pointer","absolute":false}"#,
                r#"{"type":"jiggler","state":"resting"}"#,
                r#"{"type":"functions","shown":["keyboard"],"rest":true}"#,
            ]
        );
    }

    #[test]
    fn later_only_what_changed_is_told() {
        let before = state();
        assert!(texts(Some(&before), &before, 8).is_empty());
        let after = ConsoleState {
            controller: None,
            ..before.clone()
        };
        assert_eq!(
            texts(Some(&before), &after, 8),
            [r#"{"type":"lease","you":false,"controller":null}"#]
        );
    }

    #[test]
    fn an_acknowledgement_has_six_bytes() {
        let message = acknowledgement(0x0102_0304, Outcome::Asleep);
        assert_eq!(&message.into_data()[..], [0x81, 4, 3, 2, 1, 2]);
    }
}
