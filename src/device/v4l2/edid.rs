//! The EDID of an HDMI bridge: what it says is compared with what is wished for, and changed when that differs.
//!
//! Remembers what the bridge said before we said anything, so that it can be put back. After a restart that is not known
//! any more (the bridge keeps what it was told last); its own comes back when it is powered on anew.

use std::io;

use super::node::Node;
use crate::sys;
use crate::video::edid::{EdidState, EdidWish, MOST_BLOCKS, Offer};

/// One input that can be asked for its EDID.
pub(super) trait Says {
    fn get(&self) -> io::Result<Vec<u8>>;
    fn set(&self, edid: &[u8]) -> io::Result<()>;
}

pub(super) struct Input<'a> {
    pub(super) node: &'a Node,
    pub(super) input: u32,
}

impl Says for Input<'_> {
    fn get(&self) -> io::Result<Vec<u8>> {
        sys::edid::get(self.node.fd(), self.input, MOST_BLOCKS as u8)
    }

    fn set(&self, edid: &[u8]) -> io::Result<()> {
        sys::edid::set(self.node.fd(), self.input, edid)
    }
}

/// What is remembered of the bridge.
#[derive(Debug, Default)]
pub(super) struct Bridge {
    /// What it said at first, when that was neither nothing nor from us.
    own: Option<Vec<u8>>,
    /// What we told it last.
    told: Option<Vec<u8>>,
    /// What it refused last: it is told once in the log.
    refused: Option<Vec<u8>>,
}

impl Bridge {
    pub(super) fn tell(&mut self, input: &impl Says, wish: &EdidWish) -> EdidState {
        let Ok(said) = input.get() else {
            return EdidState::Fixed;
        };
        let ours = self.told.as_ref() == Some(&said);
        if self.own.is_none() && !ours && is_its_own(&said, wish) {
            self.own = Some(said.clone());
        }
        let wanted = wish.wanted(self.own.as_deref());
        if said == wanted {
            self.told = Some(wanted);
            return EdidState::Told(said);
        }
        match input.set(&wanted) {
            Ok(()) => {
                log::info!("the capture device tells the target another EDID");
                self.refused = None;
                let says = input.get().unwrap_or(wanted);
                self.told = Some(says.clone());
                EdidState::Told(says)
            }
            Err(error) => self.refused(wanted, &error),
        }
    }

    fn refused(&mut self, wanted: Vec<u8>, error: &io::Error) -> EdidState {
        let cannot = [rustix::io::Errno::NOTTY, rustix::io::Errno::OPNOTSUPP];
        if rustix::io::Errno::from_io_error(error).is_some_and(|errno| cannot.contains(&errno)) {
            return EdidState::Fixed;
        }
        if self.refused.as_ref() != Some(&wanted) {
            log::warn!("set the capture device's EDID: {error}");
            self.refused = Some(wanted);
        }
        EdidState::Refused
    }
}

/// What is wished for and what we offer may have been told by us, before a restart.
fn is_its_own(said: &[u8], wish: &EdidWish) -> bool {
    let ours = Offer::ALL.iter().any(|offer| offer.edid().bytes() == said);
    let wished = matches!(wish, EdidWish::Own(edid) if edid.bytes() == said);
    !said.is_empty() && !ours && !wished
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::edid::Edid;
    use std::cell::RefCell;

    /// A bridge that says what it was told; `Err`: it does not know the question.
    struct Fake {
        says: RefCell<Result<Vec<u8>, rustix::io::Errno>>,
        takes: Result<(), rustix::io::Errno>,
        changes: RefCell<u32>,
    }

    impl Fake {
        fn saying(says: &[u8]) -> Fake {
            Fake {
                says: RefCell::new(Ok(says.to_vec())),
                takes: Ok(()),
                changes: RefCell::default(),
            }
        }
    }

    impl Says for Fake {
        fn get(&self) -> io::Result<Vec<u8>> {
            Ok(self.says.borrow().clone()?)
        }

        fn set(&self, edid: &[u8]) -> io::Result<()> {
            self.takes?;
            *self.changes.borrow_mut() += 1;
            *self.says.borrow_mut() = Ok(edid.to_vec());
            Ok(())
        }
    }

    const OWN: &[u8] = b"what the factory wrote";

    fn bytes(offer: Offer) -> Vec<u8> {
        offer.edid().bytes().to_vec()
    }

    #[test]
    fn a_bridge_is_told_once_and_gets_its_own_back() {
        let (fake, mut bridge) = (Fake::saying(OWN), Bridge::default());
        let mut tell = |wish: &EdidWish| bridge.tell(&fake, wish);
        let xga = EdidWish::Offered(Offer::Xga60);
        assert_eq!(tell(&EdidWish::Default), EdidState::Told(OWN.to_vec()));
        assert_eq!(tell(&xga), EdidState::Told(bytes(Offer::Xga60)));
        assert_eq!(tell(&xga), EdidState::Told(bytes(Offer::Xga60)));
        assert_eq!(*fake.changes.borrow(), 1);
        assert_eq!(tell(&EdidWish::Default), EdidState::Told(OWN.to_vec()));
        assert_eq!(*fake.changes.borrow(), 2);
    }

    #[test]
    fn what_somebody_brought_is_not_taken_for_the_bridges_own() {
        let mut brought = bytes(Offer::Hd60);
        // Another serial number, and the sum over the block again 0.
        brought[12] = brought[12].wrapping_add(1);
        brought[127] = brought[127].wrapping_sub(1);
        let wish = EdidWish::Own(Edid::parse(&brought).expect("valid"));
        let default = EdidState::Told(EdidWish::Default.wanted(None));
        let (fake, mut bridge) = (Fake::saying(b""), Bridge::default());
        assert_eq!(bridge.tell(&fake, &wish), EdidState::Told(brought.clone()));
        assert_eq!(bridge.tell(&fake, &EdidWish::Default), default);
        // After a restart of ours it says it already.
        let (fake, mut bridge) = (Fake::saying(&brought), Bridge::default());
        assert_eq!(bridge.tell(&fake, &wish), EdidState::Told(brought));
        assert_eq!(bridge.tell(&fake, &EdidWish::Default), default);
    }

    #[test]
    fn a_bridge_that_forgot_is_told_again() {
        let (fake, mut bridge) = (Fake::saying(OWN), Bridge::default());
        let wish = EdidWish::Offered(Offer::Hd60);
        bridge.tell(&fake, &wish);
        *fake.says.borrow_mut() = Ok(OWN.to_vec());
        assert_eq!(
            bridge.tell(&fake, &wish),
            EdidState::Told(bytes(Offer::Hd60))
        );
        assert_eq!(*fake.changes.borrow(), 2);
    }

    #[test]
    fn a_bridge_with_none_of_its_own_gets_one_so_that_the_target_sees_a_display() {
        let fake = Fake::saying(b"");
        let told = Bridge::default().tell(&fake, &EdidWish::Default);
        assert_eq!(told, EdidState::Told(bytes(Offer::FullHd50)));
    }

    #[test]
    fn what_we_told_before_a_restart_is_not_taken_for_the_bridges_own() {
        let fake = Fake::saying(&bytes(Offer::Xga60));
        let told = Bridge::default().tell(&fake, &EdidWish::Default);
        assert_eq!(told, EdidState::Told(bytes(Offer::FullHd50)));
        let (mine, mut bridge) = (Offer::Hd60.edid(), Bridge::default());
        let fake = Fake::saying(mine.bytes());
        bridge.tell(&fake, &EdidWish::Own(mine));
        assert_eq!(bridge.own, None);
    }

    #[test]
    fn a_device_that_does_not_know_the_question_is_fixed_and_one_that_says_no_has_refused() {
        let mut fake = Fake::saying(OWN);
        let wish = EdidWish::Offered(Offer::Hd60);
        fake.takes = Err(rustix::io::Errno::TOOBIG);
        assert_eq!(Bridge::default().tell(&fake, &wish), EdidState::Refused);
        fake.takes = Err(rustix::io::Errno::NOTTY);
        assert_eq!(Bridge::default().tell(&fake, &wish), EdidState::Fixed);
        *fake.says.borrow_mut() = Err(rustix::io::Errno::NOTTY);
        assert_eq!(Bridge::default().tell(&fake, &wish), EdidState::Fixed);
    }
}
