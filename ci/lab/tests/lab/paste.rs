//! Texts typed through the API, over the real kernel's gadget and its USB host, read as a desktop on the target would.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use farseat_keymap::{Desktop, Entry, Rules, entries, usage};
use farseat_lab::target::codes::{EV_KEY, EV_SYN};
use farseat_lab::target::{Input, Sight};
use farseat_lab::{PATIENCE, say};
use serde_json::{Value, json};

use crate::{Turn, in_control, lab};

/// One of each kind: Latin with and without AltGr and dead keys, letters behind Shift for digits, other scripts, keys that only
/// some keyboards have.
const LAYOUTS: [&str; 8] = ["us", "de", "fr", "cz", "ru", "gr", "br", "jp"];
/// In all of them together: as a part of everything, and alone; then in one text, too.
const CHARACTERS: [usize; 2] = [1_600, 10_000];
/// What nothing else that the appliance says has in it.
const SECRET: &str = "squeamish ossifrage, 7 times";

/// Every character of the layout again and again, in an order without a pattern.
fn text_in(characters: &str, length: usize) -> String {
    let mut characters: Vec<char> = characters.chars().collect();
    characters.sort_unstable();
    let mut seed = 0x5eed_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        characters[(seed % characters.len() as u64) as usize]
    };
    (0..length).map(|_| next()).collect()
}

/// Feeds what the target sees to its desktop until the text is as long as what was sent.
fn read(lab: &mut Turn, desktop: &mut Desktop, length: usize) -> String {
    let mut read = String::new();
    let mut count = 0;
    while count < length {
        let key = |sight: &Sight| {
            matches!(
                sight,
                Sight::Input(Input {
                    kind: EV_KEY | EV_SYN,
                    ..
                })
            )
        };
        let sight = lab.target().sights().wait(PATIENCE, key);
        let Ok(Sight::Input(Input { kind, code, value })) = sight else {
            let paste = lab.console().ask("GET", "/api/v1/paste", None);
            panic!(
                "{count} of {length} have come; {sight:?}; {}",
                paste.unwrap().json()
            );
        };
        assert_eq!(kind, EV_KEY, "the lab was too slow to see everything");
        let usage = usage(code).unwrap_or_else(|| panic!("key {code} is nobody's"));
        match value {
            1 => desktop.key_down(usage),
            0 => desktop.key_up(usage),
            // The kernel repeats a key after a quarter of a second, which an emulated machine can spend on something else between
            // press and release. Desktops repeat by a clock of their own, later.
            _ => {}
        }
        let more = desktop.take_text();
        count += more.chars().count();
        read += &more;
    }
    read
}

/// Every character that the layout has.
fn known(lab: &mut Turn, layout: &str) -> String {
    let path = format!("/api/v1/layout?id={layout}");
    let answer = lab.console().ask("GET", &path, None).unwrap();
    assert_eq!(answer.status, 200);
    answer.json()["characters"].as_str().unwrap().to_owned()
}

/// Types the text; the seconds that it took.
fn paste(lab: &mut Turn, entry: &Entry, rules: &Rules, text: &str) -> Duration {
    let mut desktop = Desktop::new(entry, rules).unwrap();
    let started = Instant::now();
    let body = json!({"text": text, "layout": entry.id()});
    let begun = lab.console().ask("POST", "/api/v1/paste", Some(body));
    assert_eq!(begun.unwrap().status, 202);
    let seen = read(lab, &mut desktop, text.chars().count());
    let wrong = seen.chars().zip(text.chars()).position(|(a, b)| a != b);
    assert_eq!(wrong, None, "in {}", entry.id());
    let took = started.elapsed();
    wait_done(lab);
    took
}

#[test]
fn long_texts_in_eight_layouts_arrive_exactly() {
    let alone = std::env::var_os("FARSEAT_WHOLE_RUN").is_none();
    let characters = CHARACTERS[usize::from(alone)];
    let mut lab = lab();
    // Whoever pastes sits down by themselves: nobody else may have the keyboard.
    drop(in_control(&mut lab));
    let rules = Rules::load().unwrap();
    let entries: Vec<_> = entries().unwrap();
    let entry = |id| entries.iter().find(|entry| entry.id() == id).unwrap();
    let mut seen = HashSet::new();
    let mut took = Duration::ZERO;
    for layout in LAYOUTS {
        let text = text_in(&known(&mut lab, layout), characters / LAYOUTS.len());
        seen.extend(text.chars());
        took += paste(&mut lab, entry(layout), &rules, &text);
    }
    say(&format!(
        "paste: {characters} characters, {} of them different, in {took:.1?}",
        seen.len()
    ));
    if alone {
        let text = text_in(&known(&mut lab, "us"), characters);
        let took = paste(&mut lab, entry("us"), &rules, &text);
        say(&format!(
            "paste: one text of {characters} characters in {took:.1?}"
        ));
    }
    paste(&mut lab, entry("us"), &rules, SECRET);
    nobody_tells_what_was_typed(&mut lab);
}

/// Neither the text nor keys: in no log, no support file, and not in the audit log.
fn nobody_tells_what_was_typed(lab: &mut Turn) {
    const TAPS: u32 = 20;
    let control = in_control(lab);
    let newest = |lab: &mut Turn| {
        let whole = told(lab, "/api/v1/support?redact=no");
        let file: Value = serde_json::from_str(&whole).unwrap();
        let number = &file["log"].as_array().unwrap().last().unwrap()["number"];
        number.as_u64().unwrap()
    };
    let before = newest(lab);
    for _ in 0..TAPS {
        control.press(0x1B);
        let up = control.release(0x1B);
        control.wait_outcome(up);
    }
    let lines = newest(lab) - before;
    assert!(lines < u64::from(TAPS), "{lines} lines for {TAPS} keys");
    for path in [
        "/api/v1/support?redact=no",
        "/api/v1/support",
        "/api/v1/audit.jsonl",
    ] {
        assert!(!told(lab, path).contains(&SECRET[..20]), "{path}");
    }
}

fn told(lab: &mut Turn, path: &str) -> String {
    let answer = lab.console().ask("GET", path, None).unwrap();
    assert_eq!(answer.status, 200, "{path}");
    String::from_utf8(answer.body).unwrap()
}

/// The target has the last character a moment before the appliance knows that it was taken.
fn wait_done(lab: &mut Turn) {
    let done = |state: &Value| state["paste"]["phase"] == "done";
    let console = lab.console();
    console.wait_answer("the text is typed", "/api/v1/paste", done);
}
