//! The end of a round: nothing is held on the target, and the next word arrives as it was typed.

use std::time::{Duration, Instant};

use farseat_keymap::evdev;
use farseat_lab::PATIENCE;
use farseat_lab::console::Event;
use farseat_lab::soak::{LEFT_SHIFT, Usage};
use farseat_lab::target::codes::{EV_KEY, EV_SYN};
use farseat_lab::target::{Input, Sight};

use super::carry_out::Soak;

/// The key beside the left Shift of ISO keyboards: in no plan, so what comes behind it is the checkpoint's.
const MARK: Usage = 0x64;
/// Codes from here on are buttons of mice.
const FIRST_BUTTON: u16 = 0x100;
/// A release that does not come in this time does not come.
const STUCK: Duration = Duration::from_secs(30);
/// What the appliance says of a target that does not read.
const UNREAD: &str = "hid-keyboard: the target does not read";
/// Of events that the target's kernel had and nobody fetched in time (`SYN_DROPPED`). What is held it tells all the same.
const LOST: &str = "the lab was too slow to see everything";
/// How often in a row each of them may be.
const TRIES: usize = 3;

impl Soak<'_> {
    /// Nothing is held, and what is typed now arrives, and nothing else.
    pub(super) fn checkpoint(&mut self, words: &[(Usage, bool)]) {
        self.nothing_is_held();
        self.beaten.clear();
        self.turn = 1 - self.turn;
        self.come_back();
        self.target().sights().forget();
        self.arrives("mark", &[(MARK, true), (MARK, false)], true);
        let edges: Vec<(Usage, bool)> = words.iter().flat_map(|word| strokes(*word)).collect();
        self.arrives("words", &edges, false);
        self.count("checkpoints");
    }

    /// Types it, again if the appliance says that the target did not read for a moment: what waits then is forgotten. A USB
    /// controller goes on reading when its computer is busy; the lab's is a timer of the same busy processor. Again, too, if the
    /// lab itself did not read what the target's kernel had.
    #[track_caller]
    fn arrives(&mut self, what: &str, edges: &[(Usage, bool)], others_before: bool) {
        let events: Vec<Event> = edges
            .iter()
            .map(|(key, down)| Event::Key(*key, *down))
            .collect();
        for _ in 0..TRIES {
            self.serial().forget();
            self.say(what, &events);
            let Err(missed) = self.read(edges, others_before) else {
                return;
            };
            let said = self.serial().take_all();
            let unread = said.iter().any(|line| line.contains(UNREAD));
            assert!(unread || missed.starts_with(LOST), "{missed}");
            self.count(&format!("{what} once more"));
            self.nothing_is_held();
            self.target().sights().forget();
        }
        panic!("{what} was not read {TRIES} times");
    }

    /// Reads these edges of keys; others may come before the first of them only when told so.
    fn read(&self, edges: &[(Usage, bool)], others_before: bool) -> Result<(), String> {
        let code = |key| evdev(key).expect("a key that types");
        let wanted: Vec<_> = edges
            .iter()
            .map(|(key, down)| (code(*key), *down))
            .collect();
        let mut seen = Vec::new();
        while seen.len() < wanted.len() {
            let edge = self.next_edge(&seen, &wanted)?;
            if others_before && seen.is_empty() && edge != wanted[0] {
                continue;
            }
            seen.push(edge);
            if seen != wanted[..seen.len()] {
                return Err(format!("of {wanted:?} came {seen:?}"));
            }
        }
        Ok(())
    }

    /// The next key that goes down or up; the kernel's own repeating is none.
    fn next_edge(
        &self,
        seen: &[(u16, bool)],
        wanted: &[(u16, bool)],
    ) -> Result<(u16, bool), String> {
        let edge = |sight: &Sight| match sight {
            Sight::Input(Input { kind: EV_SYN, .. }) => true,
            Sight::Input(Input {
                kind: EV_KEY,
                code,
                value,
            }) => *code < FIRST_BUTTON && *value < 2,
            _ => false,
        };
        match self.target().sights().wait(PATIENCE, edge) {
            Ok(Sight::Input(Input {
                kind: EV_KEY,
                code,
                value,
            })) => Ok((code, value == 1)),
            Ok(lost) => Err(format!("{LOST}: {lost:?}")),
            Err(missed) => Err(format!("of {wanted:?} only {seen:?} came, then {missed:?}")),
        }
    }

    /// Asks the target's kernel until it holds nothing: what is stuck stays so, and there is no event to wait for.
    #[track_caller]
    pub(super) fn nothing_is_held(&self) {
        let end = Instant::now() + STUCK;
        loop {
            let held = self.target().held().unwrap();
            if held.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "stuck: {held:?}");
        }
    }
}

fn strokes((key, shift): (Usage, bool)) -> Vec<(Usage, bool)> {
    let stroke = vec![(key, true), (key, false)];
    if !shift {
        return stroke;
    }
    [vec![(LEFT_SHIFT, true)], stroke, vec![(LEFT_SHIFT, false)]].concat()
}
