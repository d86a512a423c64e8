//! The virtual dongle: turns the target's scenes into raw frames. Owned by the capture thread.
//!
//! A scene is drawn only when somebody waits for a frame and something on it changed. Unchanged
//! pictures are repeated a few times a second, so that a new viewer and a watchdog get theirs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use super::computer::Computer;
use super::input::{Input, Lever};
use super::machine::{Looked, Power};
use super::paint::{Item, Painter};
use super::questions::is_mode;
use super::scene::{next_change, scene};
use crate::target::{Capture, Delivery};
use crate::video::edid::{Edid, EdidState, EdidWish, Offer, Screen};
use crate::video::{CaptureWish, Mode, NoPicture, PixelFormat, RawFrame};

/// As fast as the common dongles deliver raw pictures.
const FRAME_TIME: Duration = Duration::from_nanos(33_333_333);
/// An unchanged picture is delivered again after this time.
const REPEAT_TIME: Duration = Duration::from_millis(250);

pub(super) struct SimCapture {
    power: Arc<Power>,
    running: Option<Running>,
    /// The EDID that the target reads.
    says: Vec<u8>,
}

struct Running {
    size: (u16, u16),
    painter: Painter,
    /// When the next frame may be delivered.
    due: Instant,
    /// When one is delivered even if nothing changed.
    repeat_at: Instant,
}

impl SimCapture {
    pub(super) fn new(power: Arc<Power>) -> SimCapture {
        SimCapture {
            power,
            running: None,
            says: own_edid(),
        }
    }
}

impl Capture for SimCapture {
    /// A dongle delivers what the target sends: `wish` changes nothing.
    fn start(&mut self, _wish: &CaptureWish) -> Result<Mode, NoPicture> {
        self.stop();
        let size = self.power.machine().look(Computer::signal)?;
        let now = Instant::now();
        let painter = Painter::new(size);
        self.running = Some(Running {
            size,
            painter,
            due: now,
            repeat_at: now,
        });
        Ok(mode(size))
    }

    fn next(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(RawFrame<'_>),
    ) -> Result<Delivery, NoPicture> {
        let running = self.running.as_mut().ok_or(NoPicture::NoDevice)?;
        let deadline = Instant::now() + timeout;
        // The dongle's pace; the target may change as often as it likes meanwhile.
        let pause = running
            .due
            .min(deadline)
            .saturating_duration_since(Instant::now());
        std::thread::sleep(pause);
        let found = self
            .power
            .machine()
            .wait_for(deadline, |computer| running.look(computer));
        match found {
            Some(Ok(items)) => running.deliver(items, take),
            Some(Err(why)) => return Err(why),
            None => return Ok(Delivery::Nothing),
        }
        Ok(Delivery::Frame {
            skipped: 0,
            damaged: 0,
        })
    }

    /// As a bridge does: the target takes the mode that is preferred.
    fn set_edid(&mut self, wish: &EdidWish) -> EdidState {
        let machine = self.power.machine();
        if machine.look(Computer::is_dongle) {
            return EdidState::Fixed;
        }
        let wanted = wish.wanted(Some(&own_edid()));
        if wanted != self.says {
            let mode = preferred(&wanted).filter(|mode| is_mode(*mode));
            let _ = machine.step(Input::Lever(Lever::Edid(mode)));
            self.says = wanted;
        }
        EdidState::Told(self.says.clone())
    }

    fn stop(&mut self) {
        self.running = None;
    }
}

fn own_edid() -> Vec<u8> {
    Offer::Hd60.edid().bytes().to_vec()
}

fn preferred(edid: &[u8]) -> Option<(u16, u16)> {
    let Screen { width, height, .. } = Edid::parse(edid).ok()?.description().preferred?;
    Some((width, height))
}

impl Running {
    /// The scene, if a frame is due and it differs from what is drawn or that is old.
    fn look(&self, computer: &Computer) -> Looked<Result<Vec<Item>, NoPicture>> {
        match computer.signal() {
            Ok(size) if size == self.size => {}
            Ok(_) => return Looked::Found(Err(NoPicture::Changed)),
            Err(why) => return Looked::Found(Err(why)),
        }
        let now = Instant::now();
        if now < self.due {
            return Looked::Again(Some(self.due));
        }
        let items = scene(computer);
        if now < self.repeat_at && self.painter.shows(&items) {
            let change = now + next_change(computer).saturating_sub(computer.now);
            return Looked::Again(Some(change.min(self.repeat_at)));
        }
        Looked::Found(Ok(items))
    }

    fn deliver(&mut self, items: Vec<Item>, take: &mut dyn FnMut(RawFrame<'_>)) {
        self.painter.paint(items);
        let now = Instant::now();
        self.due = (self.due + FRAME_TIME).max(now);
        self.repeat_at = now + REPEAT_TIME;
        let captured = monotonic_now();
        take(RawFrame {
            data: self.painter.yuyv(),
            captured,
            mode: mode(self.size),
        });
    }
}

fn mode((width, height): (u16, u16)) -> Mode {
    let stride = usize::from(width) * 2;
    Mode {
        width,
        height,
        fps: 30.0,
        format: PixelFormat::Yuyv,
        stride,
    }
}

fn monotonic_now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::computer::SPLASH_TIME;

    const SCREEN: (u16, u16) = (640, 480);
    const LATER: Duration = Duration::from_secs(60);

    /// A computer at its prompt and a capture that has just delivered its picture.
    fn idle() -> (Computer, Running) {
        let mut computer = Computer::new("test", SCREEN);
        computer.step(SPLASH_TIME, Input::Time).unwrap();
        let mut painter = Painter::new(SCREEN);
        painter.paint(scene(&computer));
        let now = Instant::now();
        let running = Running {
            size: SCREEN,
            painter,
            due: now,
            repeat_at: now + LATER,
        };
        (computer, running)
    }

    #[test]
    fn an_unchanged_picture_is_not_drawn_before_it_changes_or_is_old() {
        let (computer, mut running) = idle();
        let Looked::Again(Some(at)) = running.look(&computer) else {
            panic!("nothing changed");
        };
        assert!(at > running.due && at < running.repeat_at);
        running.repeat_at = Instant::now();
        assert!(matches!(running.look(&computer), Looked::Found(Ok(_))));
    }

    #[test]
    fn a_change_waits_until_the_next_frame_is_due() {
        let (mut computer, mut running) = idle();
        let key = Input::Report(crate::hid::Port::Keyboard, &[0, 0, 4, 0, 0, 0, 0, 0]);
        computer.step(computer.now, key).unwrap();
        assert!(matches!(running.look(&computer), Looked::Found(Ok(_))));
        running.due = Instant::now() + LATER;
        let again = running.look(&computer);
        assert!(matches!(again, Looked::Again(at) if at == Some(running.due)));
    }

    #[test]
    fn a_lost_signal_and_another_mode_are_told_at_once() {
        let (mut computer, mut running) = idle();
        running.due = Instant::now() + LATER;
        computer
            .step(computer.now, Input::Lever(Lever::Mode((1024, 768))))
            .unwrap();
        let changed = running.look(&computer);
        assert!(matches!(changed, Looked::Found(Err(NoPicture::Changed))));
        computer
            .step(computer.now, Input::Lever(Lever::Sleep))
            .unwrap();
        let dark = running.look(&computer);
        assert!(matches!(dark, Looked::Found(Err(NoPicture::NoCable))));
    }
}
