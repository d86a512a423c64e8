//! Which of the HID functions the target is shown, and what each takes from the USB controller.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Port;

/// Endpoints of the Raspberry Pi 4's controller (dwc2), the control pipe's among them.
pub const PI4_ENDPOINTS: u8 = 9;
/// Every device has one control pipe (USB 2.0, 5.3.1.1).
pub const CONTROL_ENDPOINTS: u8 = 1;

/// What a function takes of them: with `no_out_endpoint` its interrupt IN endpoint and nothing else. The keyboard's lights
/// come over the control pipe.
pub const FUNCTION_ENDPOINTS: u8 = 1;

/// A set of functions. The keyboard is always in it: without it nobody could mend anything.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Port>", into = "Vec<Port>")]
pub struct Functions(u8);

/// What such a set may be.
pub const ALLOWED: &str = "the keyboard, and each of absolute, relative and controls at most once";

/// Not such a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{ALLOWED}")]
pub struct NotFunctions;

impl Functions {
    pub const KEYBOARD: Functions = Functions(bit(Port::Keyboard));
    pub const ALL: Functions = Functions(0b1111);

    #[must_use]
    pub const fn has(self, port: Port) -> bool {
        self.0 & bit(port) != 0
    }

    /// In the order in which the gadget binds them.
    pub fn ports(self) -> impl Iterator<Item = Port> {
        Port::ALL.into_iter().filter(move |port| self.has(*port))
    }

    /// One bit each, the keyboard's the lowest, in the order of [`Port::ALL`].
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// What [`bits`](Self::bits) gave. None without the keyboard, or with something unknown.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Functions> {
        let known = bits & !Self::ALL.0 == 0;
        (known && Functions(bits).has(Port::Keyboard)).then_some(Functions(bits))
    }
}

const fn bit(port: Port) -> u8 {
    1 << port as u8
}

impl TryFrom<Vec<Port>> for Functions {
    type Error = NotFunctions;

    fn try_from(ports: Vec<Port>) -> Result<Functions, NotFunctions> {
        let mut bits = 0;
        for port in ports {
            if bits & bit(port) != 0 {
                return Err(NotFunctions);
            }
            bits |= bit(port);
        }
        Functions::from_bits(bits).ok_or(NotFunctions)
    }
}

impl From<Functions> for Vec<Port> {
    fn from(functions: Functions) -> Vec<Port> {
        functions.ports().collect()
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ports()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_set_is_without_the_keyboard_and_none_has_anything_twice() {
        let sets = |ports: &[Port]| Functions::try_from(ports.to_vec());
        assert_eq!(sets(&Port::ALL), Ok(Functions::ALL));
        assert_eq!(sets(&[Port::Keyboard]), Ok(Functions::KEYBOARD));
        assert_eq!(sets(&[Port::Absolute, Port::Relative]), Err(NotFunctions));
        assert_eq!(sets(&[Port::Keyboard, Port::Keyboard]), Err(NotFunctions));
        assert_eq!(sets(&[]), Err(NotFunctions));
    }

    #[test]
    fn bits_are_read_as_they_were_given_and_nothing_else_is() {
        for bits in 0..=u8::MAX {
            let wanted = bits < 16 && bits % 2 == 1;
            let read = Functions::from_bits(bits);
            assert_eq!(read.is_some(), wanted, "{bits}");
            assert!(read.is_none_or(|read| read.bits() == bits));
        }
    }

    #[test]
    fn all_of_them_fit_the_pi_4s_controller() {
        let used: u8 = Functions::ALL.ports().map(|_| FUNCTION_ENDPOINTS).sum();
        assert!(CONTROL_ENDPOINTS + used <= PI4_ENDPOINTS);
    }

    #[test]
    fn a_set_is_a_list_of_names() {
        let text = serde_json::to_string(&Functions::ALL).expect("json");
        assert_eq!(text, r#"["keyboard","absolute","relative","controls"]"#);
        let refused = serde_json::from_str::<Functions>(r#"["relative"]"#).expect_err("refused");
        assert!(refused.to_string().contains("the keyboard"), "{refused}");
    }
}
