//! `farseat-keymap`: writes the table of layouts, `src/keymap/layouts.txt`, to standard output.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

use farseat::keymap::write;
use farseat_keymap::{Desktop, Entry, KEYS, Meaning, Rules, entries, version};

const HEAD: &str = "# Made by ci/keymap/generate from that and X11's rules for dead keys; not to be edited. The form: table.rs.
# The data are of many authors, under terms as of the MIT licence: COPYING.
";

fn main() -> ExitCode {
    match table() {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("farseat-keymap: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What each dead key is pressed before.
type Bases = BTreeMap<String, BTreeSet<char>>;

fn table() -> Result<String, Box<dyn Error>> {
    let rules = Rules::load()?;
    let (mut bases, mut layouts) = (Bases::new(), String::new());
    for entry in entries()? {
        layouts.push_str(&layout(&entry, &rules, &mut bases)?);
    }
    let version = version()?;
    Ok(format!(
        "# xkeyboard-config {version}\n{HEAD}{}{layouts}",
        compose(&rules, &bases)
    ))
}

/// Shift and AltGr.
const LEVELS: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];

fn word(meaning: &Option<Meaning>) -> String {
    match meaning {
        None => "no".to_owned(),
        Some(Meaning::Char(char)) => write(*char),
        Some(Meaning::Dead(name)) => name.clone(),
    }
}

fn compose(rules: &Rules, bases: &Bases) -> String {
    let mut text = String::new();
    for (dead, bases) in bases {
        let composed = bases.iter().filter_map(|base| {
            let composed = rules.composed(dead, *base)?;
            Some(format!(" {}={}", write(*base), write(composed)))
        });
        let pairs: String = composed.collect();
        if !pairs.is_empty() {
            let _ = writeln!(text, "compose {dead}{pairs}");
        }
    }
    text
}

fn layout(entry: &Entry, rules: &Rules, bases: &mut Bases) -> Result<String, Box<dyn Error>> {
    let desktop = Desktop::new(entry, rules)?;
    let mut text = format!("layout {} {}\n", entry.id(), entry.title);
    let (mut dead, mut chars) = (BTreeSet::new(), BTreeSet::new());
    for usage in KEYS {
        let mut levels = LEVELS.map(|(shift, altgr)| desktop.meaning(usage, shift, altgr));
        for level in [2, 3] {
            // AltGr makes no difference to this key.
            if levels[level] == levels[level - 2] {
                levels[level] = None;
            }
        }
        for meaning in levels.iter().flatten() {
            match meaning {
                Meaning::Char(char) => chars.insert(*char),
                Meaning::Dead(name) => dead.insert(name.clone()),
            };
        }
        if let Some(last) = levels.iter().rposition(Option::is_some) {
            let words: Vec<_> = levels[..=last].iter().map(word).collect();
            let _ = writeln!(text, "{usage:02x} {}", words.join(" "));
        }
    }
    for name in dead {
        bases.entry(name).or_default().extend(&chars);
    }
    Ok(text)
}
