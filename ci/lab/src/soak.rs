//! What befalls an appliance in a soak, planned from a seed. Pure: the same seed is the same plan, step for step.
//!
//! ```text
//! round: steps ─ trouble begins ─ steps ─ trouble ends ─ steps ─ ending ─ checkpoint
//!                └────────── a second trouble anywhere ──────────┘
//! ```
//!
//! `tests/lab/soak.rs` carries it out. A round leaves the machine as it found it: what it begins, it ends.

/// A usage of the keyboard page.
pub type Usage = u8;

const LEFT_CONTROL: Usage = 0xE0;
/// What the words of a checkpoint are held with.
pub const LEFT_SHIFT: Usage = 0xE1;
const RIGHT_META: Usage = 0xE7;
/// Letters, digits, Enter, Escape and the like, signs. Caps Lock, the next one, would change what a checkpoint reads.
const FIRST_KEY: Usage = 0x04;
const LAST_KEY: Usage = 0x38;
/// Characters of a pasted text: shorter and longer than what happens beside it.
const TEXTS: [usize; 3] = [5, 40, 200];
/// The server is killed in this round, so many later, and then twice, four times, eight times as many after it: the last of
/// them lives for half of the soak, so that what grows slowly is seen.
const KILLED: (u32, u32) = (3, 64);

/// One thing that an operator does, or that happens to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Press and release.
    Tap(Usage),
    /// Press, and leave it so.
    Hold(Usage),
    /// Release one of those that are held, the first.
    LetGo,
    /// Press all in this order, release them in the other.
    Together(Vec<Usage>),
    /// Press and release a usage of the consumer page.
    Media(u16),
    /// The absolute mouse, 0..=32767 both ways.
    MoveTo(u16, u16),
    /// The relative mouse.
    MoveBy(i16, i16),
    /// A button, 0..=4, pressed or released.
    Button(u8, bool),
    /// Detents.
    Wheel(i8),
    /// Buttons and wheel go to the relative mouse when true.
    Relative(bool),
    /// A text of so many characters is given to be typed; nobody waits for its end.
    Paste(usize),
    /// Whatever is being typed is stopped.
    StopPaste,
    /// From here on it is so.
    Begin(Lasting),
    /// And here it is over.
    End(Lasting),
    /// It happens and is over.
    Strikes(Sudden),
}

/// Trouble with a beginning and an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// The USB cable is out.
    CableOut,
    /// The target sleeps.
    Asleep,
    /// The target does not use what is plugged in.
    Unused,
    /// The network cable is out.
    NetworkOut,
}

/// Trouble of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sudden {
    /// A second session takes the keyboard.
    TakenOver,
    /// The page is closed, and opened again.
    Closed,
    /// The page's connection is cut without a goodbye; the page comes back.
    Cut,
    /// The page hangs with its connection open, until everything has been let go.
    Hangs,
    /// An operator resets the USB side.
    Reset,
    /// Somebody takes the gadget off its controller.
    Unbound,
    /// The server is killed.
    Killed,
}

/// How a round's operator leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every key and button by itself.
    OneByOne,
    /// Everything at once.
    AtOnce,
    /// By closing the page.
    Closes,
    /// Without a goodbye.
    IsCut,
    /// Not at all: the page hangs.
    Hangs,
}

/// From one checkpoint to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// From 0.
    pub number: u32,
    /// In this order.
    pub steps: Vec<Step>,
    /// And then.
    pub ending: Ending,
    /// Letters, each with whether Shift is held: typed at the checkpoint, and read.
    pub words: Vec<(Usage, bool)>,
}

/// All rounds of a seed, without an end.
#[derive(Debug, Clone)]
pub struct Plan {
    seed: u64,
    next: u32,
}

/// A trouble of a round.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Lasting(Lasting),
    Sudden(Sudden),
}

/// Each comes once in so many rounds.
const TROUBLES: [Trouble; 10] = [
    Trouble::Lasting(Lasting::CableOut),
    Trouble::Lasting(Lasting::Asleep),
    Trouble::Lasting(Lasting::Unused),
    Trouble::Lasting(Lasting::NetworkOut),
    Trouble::Sudden(Sudden::TakenOver),
    Trouble::Sudden(Sudden::Closed),
    Trouble::Sudden(Sudden::Cut),
    Trouble::Sudden(Sudden::Hangs),
    Trouble::Sudden(Sudden::Reset),
    Trouble::Sudden(Sudden::Unbound),
];
/// What may come on top, in the middle of the other.
const ON_TOP: [Sudden; 3] = [Sudden::TakenOver, Sudden::Closed, Sudden::Cut];
const ENDINGS: [Ending; 5] = [
    Ending::OneByOne,
    Ending::AtOnce,
    Ending::Closes,
    Ending::IsCut,
    Ending::Hangs,
];

impl Plan {
    /// The plan of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Plan {
        Plan { seed, next: 0 }
    }
}

impl Iterator for Plan {
    type Item = Round;

    fn next(&mut self) -> Option<Round> {
        let number = self.next;
        self.next += 1;
        let mut dice = Dice::new(self.seed, number);
        let length = dice.between(8, 24);
        let mut steps: Vec<Step> = (0..length).map(|_| input(&mut dice)).collect();
        trouble(self.seed, number).put_into(&mut steps, &mut dice);
        let network = steps.contains(&Step::Begin(Lasting::NetworkOut));
        // Without a network nobody can take over, and a page that is closed cannot come back.
        if !network && dice.between(0, 1) == 1 {
            let at = dice.between(0, steps.len());
            steps.insert(at, Step::Strikes(dice.of(&ON_TOP)));
        }
        Some(Round {
            number,
            steps,
            ending: dice.of(&ENDINGS),
            words: (0..8)
                .map(|_| (letter(&mut dice), dice.between(0, 3) == 0))
                .collect(),
        })
    }
}

impl Trouble {
    fn put_into(self, steps: &mut Vec<Step>, dice: &mut Dice) {
        let begin = dice.between(1, steps.len() / 2);
        match self {
            Trouble::Sudden(sudden) => steps.insert(begin, Step::Strikes(sudden)),
            Trouble::Lasting(lasting) => {
                let end = dice.between(begin, steps.len());
                steps.insert(end, Step::End(lasting));
                steps.insert(begin, Step::Begin(lasting));
            }
        }
    }
}

/// Each once in ten rounds, every ten in another order.
fn trouble(seed: u64, number: u32) -> Trouble {
    if is_killed(number) {
        return Trouble::Sudden(Sudden::Killed);
    }
    let count = TROUBLES.len();
    let mut order = TROUBLES;
    let mut dice = Dice::new(!seed, number / count as u32);
    for last in (1..count).rev() {
        order.swap(last, dice.between(0, last));
    }
    order[number as usize % count]
}

fn is_killed(number: u32) -> bool {
    let (first, then) = KILLED;
    let since = number.checked_sub(first);
    since.is_some_and(|since| since == 0 || since % then == 0 && (since / then).is_power_of_two())
}

fn letter(dice: &mut Dice) -> Usage {
    FIRST_KEY + dice.between(0, 25) as Usage
}

fn key(dice: &mut Dice) -> Usage {
    dice.between(FIRST_KEY.into(), LAST_KEY.into()) as Usage
}

fn modifier(dice: &mut Dice) -> Usage {
    dice.between(LEFT_CONTROL.into(), RIGHT_META.into()) as Usage
}

fn coordinate(dice: &mut Dice) -> u16 {
    dice.between(0, 32_767) as u16
}

fn input(dice: &mut Dice) -> Step {
    match dice.between(0, 15) {
        0..=2 => Step::Tap(key(dice)),
        3 | 4 => Step::Hold(key(dice)),
        5 => Step::Hold(modifier(dice)),
        6 => Step::LetGo,
        7 => Step::Together(vec![modifier(dice), LEFT_SHIFT, key(dice)]),
        // More than six at once.
        8 => Step::Together((0..8).map(|_| key(dice)).collect()),
        9 => Step::Media([0xE9, 0xEA, 0xCD][dice.between(0, 2)]),
        10 => Step::MoveTo(coordinate(dice), coordinate(dice)),
        11 => Step::MoveBy(
            coordinate(dice) as i16 / 64,
            -(coordinate(dice) as i16 / 64),
        ),
        12 => Step::Button(dice.between(0, 4) as u8, dice.between(0, 2) > 0),
        13 => Step::Wheel([-1, 1, 3][dice.between(0, 2)]),
        14 => {
            let paste = Step::Paste(dice.of(&TEXTS));
            if dice.between(0, 4) == 0 {
                Step::StopPaste
            } else {
                paste
            }
        }
        _ => Step::Relative(dice.between(0, 1) == 1),
    }
}

/// SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct Dice(u64);

impl Dice {
    fn new(seed: u64, part: u32) -> Dice {
        let mut dice = Dice(seed ^ (u64::from(part) << 32));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Both ends are in.
    fn between(&mut self, least: usize, most: usize) -> usize {
        least + (self.next() % (most - least + 1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.between(0, all.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(seed: u64, count: usize) -> Vec<Round> {
        Plan::new(seed).take(count).collect()
    }

    #[test]
    fn the_same_seed_is_the_same_plan_and_another_is_another() {
        assert_eq!(rounds(7, 100), rounds(7, 100));
        assert_ne!(rounds(7, 1), rounds(8, 1));
    }

    #[test]
    fn what_a_round_begins_it_ends_once_and_later() {
        for round in (0..50).flat_map(|seed| rounds(seed, 40)) {
            let at = |wanted: &Step| round.steps.iter().position(|step| step == wanted);
            for lasting in [
                Lasting::CableOut,
                Lasting::Asleep,
                Lasting::Unused,
                Lasting::NetworkOut,
            ] {
                let (begin, end) = (at(&Step::Begin(lasting)), at(&Step::End(lasting)));
                assert!(
                    begin.is_none() == end.is_none() && begin <= end,
                    "{round:?}"
                );
            }
        }
    }

    #[test]
    fn every_trouble_comes_in_every_ten_rounds_and_the_server_is_killed_early() {
        for seed in 0..20 {
            let said = format!("{:?}", rounds(seed, 20));
            for trouble in TROUBLES {
                let name = match trouble {
                    Trouble::Lasting(lasting) => format!("Begin({lasting:?})"),
                    Trouble::Sudden(sudden) => format!("Strikes({sudden:?})"),
                };
                assert!(said.contains(&name), "{name} with seed {seed}");
            }
            assert!(format!("{:?}", rounds(seed, 4)).contains("Strikes(Killed)"));
        }
    }

    #[test]
    fn each_server_but_the_first_two_lives_twice_as_long_as_the_one_before() {
        let killed: Vec<_> = (0..2000).filter(|number| is_killed(*number)).collect();
        assert_eq!(killed, [3, 67, 131, 259, 515, 1027]);
    }
}
