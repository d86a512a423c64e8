//! Settles arguments about the layer map (`src/lib.rs`, `docs/architecture.md`): calls point down, nothing
//! goes round in circles, unsafe code stays in `sys`, init stays small. The rules at the top, the reading of
//! the sources in `architecture/source.rs`.

#[path = "architecture/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{Source, read_sources};

/// The layers from the top, and in each the modules that `src/lib.rs` declares.
const LAYERS: [(&str, &[&str]); 5] = [
    ("entry", &["main", "app", "init"]),
    ("face", &["web"]),
    (
        "service",
        &[
            "stream", "console", "auth", "audit", "settings", "net", "preseed", "system", "update",
        ],
    ),
    ("edge", &["device", "confine", "sim", "sys"]),
    (
        "base",
        &[
            "hid", "keymap", "video", "slot", "journal", "target", "lan", "radio",
        ],
    ),
];

/// Most files have fewer than 400 lines with their tests; none has more than this.
const LONGEST_FILE: usize = 480;

fn layer(module: &str) -> Option<usize> {
    LAYERS
        .iter()
        .position(|(_, modules)| modules.contains(&module))
}

/// Entry may use everything; otherwise a face or a service does not know the edge: `app` joins them.
fn is_allowed(from: usize, to: usize) -> bool {
    let [entry, face, service, edge] = [0, 1, 2, 3];
    from == entry || (from <= to && !((from == face || from == service) && to == edge))
}

fn upward_edges(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources {
        let Some(from) = layer(&source.module) else {
            wrong.push(format!(
                "{}: module {} is in no layer",
                source.path, source.module
            ));
            continue;
        };
        for used in &source.uses {
            match layer(used) {
                Some(to) if is_allowed(from, to) => {}
                Some(to) => wrong.push(format!(
                    "{}: {} ({}) uses {used} ({})",
                    source.path, source.module, LAYERS[from].0, LAYERS[to].0
                )),
                None => wrong.push(format!(
                    "{}: uses {used}, which is in no layer",
                    source.path
                )),
            }
        }
    }
    wrong
}

/// A module that reaches itself, with the way; `None` when nothing goes round.
fn cycle(sources: &[Source]) -> Option<Vec<String>> {
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in sources {
        edges
            .entry(&source.module)
            .or_default()
            .extend(source.uses.iter().map(String::as_str));
    }
    edges
        .keys()
        .find_map(|start| way_back(start, &edges, &mut vec![start]))
}

fn way_back(
    start: &str,
    edges: &BTreeMap<&str, BTreeSet<&str>>,
    way: &mut Vec<&str>,
) -> Option<Vec<String>> {
    for next in edges.get(way.last()?).into_iter().flatten() {
        if *next == start {
            return Some(way.iter().chain([next]).map(ToString::to_string).collect());
        }
        if !way.contains(next) {
            // The borrow of `next` is the map's, so it may stay on the way.
            let mut longer = way.clone();
            longer.push(next);
            if let Some(found) = way_back(start, edges, &mut longer) {
                return Some(found);
            }
        }
    }
    None
}

fn unsafe_outside_sys(sources: &[Source]) -> Vec<String> {
    let words = ["unsafe", "unsafe_code"];
    let outside = sources.iter().filter(|source| source.module != "sys");
    outside
        .filter(|source| words.iter().any(|word| source.has_word(word)))
        .map(|source| source.path.clone())
        .collect()
}

/// Init knows the standard library, the kernel and the card, no other dependency and no other module.
fn init_reaches_out(sources: &[Source], dependencies: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| source.module == "init") {
        wrong.extend(
            source
                .uses
                .iter()
                .filter(|used| !["sys", "slot"].contains(&used.as_str()))
                .map(|used| format!("{}: {used}", source.path)),
        );
        let foreign = dependencies
            .iter()
            .filter(|name| !["rustix", "libc"].contains(&name.as_str()));
        wrong.extend(
            foreign
                .filter(|name| source.has_path(name))
                .map(|name| format!("{}: {name}", source.path)),
        );
    }
    wrong
}

fn dependencies(manifest: &str) -> Vec<String> {
    let table: toml::Table = manifest.parse().expect("Cargo.toml is TOML");
    let dependencies = table["dependencies"]
        .as_table()
        .expect("a table of dependencies");
    dependencies
        .keys()
        .map(|name| name.replace('-', "_"))
        .collect()
}

fn sources() -> Vec<Source> {
    let sources = read_sources(std::path::Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(sources.len() > 20, "the sources were found");
    sources
}

#[test]
fn calls_point_down() {
    assert_eq!(upward_edges(&sources()), Vec::<String>::new());
}

#[test]
fn nothing_goes_round_in_circles() {
    assert_eq!(cycle(&sources()), None);
}

#[test]
fn unsafe_code_stays_in_sys() {
    assert_eq!(unsafe_outside_sys(&sources()), Vec::<String>::new());
}

#[test]
fn init_knows_only_std_and_the_kernel() {
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .expect("manifest");
    assert_eq!(
        init_reaches_out(&sources(), &dependencies(&manifest)),
        Vec::<String>::new()
    );
}

#[test]
fn files_stay_short() {
    let long = sources()
        .into_iter()
        .filter(|source| source.lines > LONGEST_FILE);
    assert_eq!(
        long.map(|source| format!("{}: {}", source.path, source.lines))
            .collect::<Vec<_>>(),
        Vec::<String>::new()
    );
}

#[test]
fn every_module_says_what_it_owns() {
    let silent = sources()
        .into_iter()
        .filter(|source| !source.has_module_doc && !source.path.ends_with("tests.rs"));
    assert_eq!(
        silent.map(|source| source.path).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
}

// The checker itself must be able to fail.

fn made_up(files: &[(&str, &str)]) -> Vec<Source> {
    files
        .iter()
        .map(|(path, text)| Source::parse(path, text))
        .collect()
}

#[test]
fn the_checker_sees_an_upward_edge() {
    let wrong = |path, text| upward_edges(&made_up(&[(path, text)])).len();
    assert_eq!(
        wrong("hid/mod.rs", "use crate::web::Services;"),
        1,
        "base to face"
    );
    assert_eq!(
        wrong("stream/hub.rs", "fn f() { crate::device::open() }"),
        1,
        "service to edge"
    );
    assert_eq!(
        wrong("web/mod.rs", "use crate::{auth::Auth, sys::{self, x}};"),
        1,
        "face to edge"
    );
    assert_eq!(
        wrong("sys/mod.rs", "use super::console::Console;"),
        1,
        "through super"
    );
    assert_eq!(
        wrong("gadgetry/mod.rs", ""),
        1,
        "a module that nobody put on the map"
    );
    assert_eq!(wrong("app/mod.rs", "use crate::{device, web};"), 0);
    assert_eq!(
        wrong("stream/hub.rs", "use super::pace; use crate::video::Frame;"),
        0
    );
    assert_eq!(
        wrong(
            "hid/mod.rs",
            "//! [web](crate::web)\n// crate::web\nconst X: &str = \"crate::web\";"
        ),
        0
    );
}

#[test]
fn the_checker_sees_a_circle() {
    let round = [
        ("stream/mod.rs", "use crate::console::A;"),
        ("console/mod.rs", "use crate::auth::B;"),
        ("auth/mod.rs", "use crate::stream::C;"),
    ];
    assert_eq!(cycle(&made_up(&round)).map(|way| way.len()), Some(4));
    assert_eq!(cycle(&made_up(&round[..2])), None);
}

#[test]
fn the_checker_sees_unsafe_code() {
    let found = |path, text| unsafe_outside_sys(&made_up(&[(path, text)])).len();
    assert_eq!(found("video/mod.rs", "fn f() { unsafe { g() } }"), 1);
    assert_eq!(found("video/mod.rs", "#![allow(unsafe_code)]"), 1);
    assert_eq!(
        found("video/mod.rs", "// unsafe\nlet x = 'u'; let unsafely = 1;"),
        0
    );
    assert_eq!(found("sys/ioctl.rs", "unsafe { g() }"), 0);
}

#[test]
fn the_checker_sees_what_init_may_not_know() {
    let names = ["tokio".to_owned(), "rustix".to_owned()];
    let found = |text| init_reaches_out(&made_up(&[("init/mod.rs", text)]), &names).len();
    assert_eq!(found("use crate::settings::Store;"), 1);
    assert_eq!(found("tokio::spawn(f());"), 1);
    assert_eq!(
        found("use crate::sys::routing; use crate::slot::Slot; use rustix::fs; use std::io;"),
        0
    );
}
