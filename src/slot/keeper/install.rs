//! One install, from the first piece of a bundle's head to the seal.

use super::super::board::fits;
use super::super::bundle::{self, Fault, HEAD_LIMIT, Head};
use super::super::disk::Disk;
use super::super::installer::{Installer, Plan};
use super::super::line::{News, bits};
use super::super::refusal::Refusal;
use super::{Keeper, Turn};

/// Progress is told every so many blocks.
const TELL: u32 = 16;

impl<D: Disk> Keeper<D> {
    pub(super) fn take_head(&mut self, at: u32, bytes: &[u8]) -> Result<(), Refusal> {
        if at == 0 {
            self.head.clear();
        }
        if at as usize != self.head.len() || self.head.len() + bytes.len() > HEAD_LIMIT {
            self.head.clear();
            return Err(Refusal::Malformed);
        }
        self.head.extend(bytes);
        Ok(())
    }

    /// Nothing is written before the signature is known to be good.
    pub(super) fn begin(&mut self, turn: &mut Turn) -> Result<(), Refusal> {
        let bytes = std::mem::take(&mut self.head);
        if self.install.is_some() {
            return Err(Refusal::Busy);
        }
        self.must_be_settled()?;
        let head = Head::parse(&bytes).map_err(|_: Fault| Refusal::Malformed)?;
        let verified = bundle::verify(&head, &self.keys)?;
        fits(verified.header(), &self.facts.board, self.state.floor)?;
        let running = self.facts.running;
        turn.note(format!(
            "update: {} goes to slot {}, signed with {}",
            verified.header().made.version,
            !running,
            verified.key()
        ));
        self.state.begin(!running, verified.header());
        self.keep()?;
        let known = self.state.slot(running).image;
        let source = if known.size == 0 {
            verified.header().size
        } else {
            known.size
        };
        self.install = Some(Installer::begin(
            &mut self.disk,
            !running,
            source,
            Plan::of(&verified, known),
        )?);
        self.told = 0;
        turn.tell(News::Slots(self.slots()));
        Ok(())
    }

    pub(super) fn take_block(
        &mut self,
        index: u32,
        bytes: &[u8],
        turn: &mut Turn,
    ) -> Result<(), Refusal> {
        let install = self.install.as_mut().ok_or(Refusal::NotBusy)?;
        let taken = install.block(&mut self.disk, index, bytes);
        self.taken(taken)?;
        turn.tell(News::Written(index));
        Ok(())
    }

    pub(super) fn take_patch(
        &mut self,
        index: u32,
        bytes: &[u8],
        turn: &mut Turn,
    ) -> Result<(), Refusal> {
        let install = self.install.as_mut().ok_or(Refusal::NotBusy)?;
        let made = install.patch(&mut self.disk, index, bytes);
        if self.taken(made)? {
            turn.tell(News::Written(index));
        } else {
            turn.note(format!("update: block {index} is not made by its patch"));
            turn.tell(News::Unpatched(index));
        }
        Ok(())
    }

    /// A wrong block is the sender's fault and can be sent again; a card that fails ends the install.
    fn taken<T>(&mut self, taken: Result<T, Refusal>) -> Result<T, Refusal> {
        if matches!(taken, Err(Refusal::Write(_) | Refusal::Read(_))) {
            self.install = None;
        }
        taken
    }

    pub(super) fn finish(&mut self) -> Result<(), Refusal> {
        let install = self.install.as_mut().ok_or(Refusal::NotBusy)?;
        install.finish(&mut self.disk)
    }

    pub(super) fn cancel(&mut self) -> Result<(), Refusal> {
        self.install
            .take_if(|install| !install.is_own())
            .map(drop)
            .ok_or(Refusal::NotBusy)
    }

    pub(super) fn step_install(&mut self, turn: &mut Turn) {
        let Some(install) = &mut self.install else {
            return;
        };
        if let Err(refusal) = install.step(&mut self.disk) {
            self.install = None;
            turn.note(format!("update: {refusal}"));
            turn.tell(News::Refused(refusal));
            return;
        }
        let progress = install.progress();
        if install.is_sealed() {
            self.sealed(turn);
        } else if !install.is_busy() {
            self.scanned(turn);
        } else if progress.done.abs_diff(self.told) >= TELL {
            self.told = progress.done;
            turn.tell(News::Progress(progress));
        }
    }

    /// What the card has not comes from outside; what nobody sends cannot come.
    pub(super) fn scanned(&mut self, turn: &mut Turn) {
        let Some(install) = &mut self.install else {
            return;
        };
        let missing = bits(install.missing(), install.progress().of as usize);
        if !install.is_own() {
            turn.tell(News::Missing(missing));
        } else if let Err(refusal) = install.finish(&mut self.disk) {
            self.install = None;
            turn.note(format!("write a damaged slot anew: {refusal}"));
        }
    }

    pub(super) fn sealed(&mut self, turn: &mut Turn) {
        let Some(install) = self.install.take() else {
            return;
        };
        let slot = install.target();
        self.state.finish(slot);
        if install.is_own() {
            self.state.settle(slot);
        }
        if let Err(refusal) = self.keep() {
            turn.note(format!("keep the state of the slots: {refusal}"));
            turn.tell(News::Refused(refusal));
            return;
        }
        turn.note(format!("slot {slot} is whole"));
        // Whoever hears of the end knows by then how the slots stand.
        turn.tell(News::Slots(self.slots()));
        if !install.is_own() {
            turn.tell(News::Installed);
        }
    }
}
