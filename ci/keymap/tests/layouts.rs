//! Every character that the appliance says it can type, typed: through the encoder of its keyboard's reports, and read
//! from those by libxkbcommon with the same layout, as a Linux desktop reads a keyboard.

use farseat::hid::keyboard::{Keyboard, REPORT_LENGTH};
use farseat::keymap::{self, Layout};
use farseat_keymap::{Desktop, Rules, entries};

/// What the kernel makes of the reports of a boot keyboard: keys that went down and up.
#[derive(Default)]
struct Reader {
    last: [u8; REPORT_LENGTH],
}

impl Reader {
    fn read(&mut self, report: [u8; REPORT_LENGTH]) -> Vec<(u8, bool)> {
        let modifiers = |bits: u8| (0..8).filter(move |bit| bits & (1 << bit) != 0);
        let keys = |report: [u8; REPORT_LENGTH]| {
            let held = modifiers(report[0]).map(|bit| 0xE0 + bit);
            held.chain(report[2..].to_vec())
                .filter(|usage| *usage != 0)
                .collect::<Vec<u8>>()
        };
        let (before, after) = (keys(self.last), keys(report));
        self.last = report;
        let gone = before.iter().filter(|usage| !after.contains(usage));
        let come = after.iter().filter(|usage| !before.contains(usage));
        gone.map(|usage| (*usage, false))
            .chain(come.map(|usage| (*usage, true)))
            .collect()
    }
}

/// Types it and reads it.
fn read_back(desktop: &mut Desktop, layout: &Layout, char: char) -> String {
    let (mut keyboard, mut reader) = (Keyboard::default(), Reader::default());
    let strokes = layout.strokes(char).expect("claimed");
    for (usage, down) in strokes.edges() {
        let report = keyboard
            .apply(usage, down)
            .expect("every edge changes something")
            .report();
        for (usage, down) in reader.read(report) {
            if down {
                desktop.key_down(usage);
            } else {
                desktop.key_up(usage);
            }
        }
    }
    assert!(!keyboard.holds_something());
    desktop.take_text()
}

#[test]
fn every_character_of_every_layout_arrives_as_itself() {
    let rules = Rules::load().unwrap();
    let (mut layouts, mut chars, mut wrong) = (0, 0, Vec::new());
    for entry in entries().unwrap() {
        let layout = Layout::find(&entry.id()).expect("in the table");
        let mut desktop = Desktop::new(&entry, &rules).unwrap();
        for char in layout.chars() {
            let read = read_back(&mut desktop, &layout, char);
            if read != char.to_string() {
                wrong.push(format!("{}: {char:?} is read as {read:?}", entry.id()));
            }
            chars += 1;
        }
        layouts += 1;
    }
    println!("{chars} characters of {layouts} layouts");
    assert_eq!(wrong, Vec::<String>::new(), "{} wrong", wrong.len());
}

#[test]
fn a_reader_with_another_layout_reads_something_else() {
    let rules = Rules::load().unwrap();
    let french = entries()
        .unwrap()
        .into_iter()
        .find(|entry| entry.id() == "fr")
        .unwrap();
    let mut desktop = Desktop::new(&french, &rules).unwrap();
    let layout = Layout::find("us").unwrap();
    assert_eq!(read_back(&mut desktop, &layout, 'a'), "q");
}

#[test]
fn the_table_is_what_the_generator_makes_of_todays_data() {
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_farseat-keymap"))
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let kept = include_bytes!("../../../src/keymap/layouts.txt");
    assert!(made.stdout == kept, "run ci/keymap/generate");
}

#[test]
fn the_list_is_that_of_the_table() {
    let ids: Vec<_> = entries().unwrap().iter().map(|entry| entry.id()).collect();
    let table: Vec<_> = keymap::all().map(|name| name.id.to_owned()).collect();
    assert_eq!(ids, table);
}
