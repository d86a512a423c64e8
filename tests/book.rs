//! The book holds together: every page is in its table of contents, and every link inside this tree leads
//! to a file and, where it names one, to a heading. mdbook itself follows no link.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages of docs/, sorted.
fn pages() -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(root().join("docs")).expect("docs");
    let paths = entries.map(|entry| entry.expect("entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// What stands in `[text](here)`, code left out.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every second piece is code.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let targets = prose.split("](").skip(1);
        found.extend(targets.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())));
    }
    found
}

/// The names by which a page's headings can be linked to, as mdbook and the usual viewers make them.
fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        if fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().to_lowercase();
        let kept = kept
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        found.push(kept.collect::<String>().replace(' ', "-"));
    }
    found
}

/// `docs/../README.md` as `README.md`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            component => plain.push(component),
        }
    }
    plain
}

/// What is wrong with the links of a page; `may_leave` its folder or not.
fn broken(page: &Path, text: &str, may_leave: bool) -> Vec<String> {
    let folder = page.parent().expect("in a folder");
    let mut wrong = Vec::new();
    for link in links(text) {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let target = if file.is_empty() {
            page.to_owned()
        } else {
            plain(&folder.join(file))
        };
        if !may_leave && !target.starts_with(folder) {
            wrong.push(format!("{}: {link} leaves the book", page.display()));
        } else if !target.exists() {
            wrong.push(format!("{}: {link} leads nowhere", page.display()));
        } else if !anchor.is_empty() && !anchors(&read(&target)).contains(&anchor.to_owned()) {
            wrong.push(format!("{}: {link} names no heading", page.display()));
        }
    }
    wrong
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = root().join("docs/SUMMARY.md");
    let listed: BTreeSet<_> = links(&read(&summary))
        .into_iter()
        .map(|link| root().join("docs").join(link))
        .collect();
    let mut pages = pages();
    pages.remove(&summary);
    assert_eq!(listed, pages);
}

#[test]
fn every_link_of_the_book_leads_somewhere_in_the_book() {
    let wrong: Vec<_> = pages()
        .iter()
        .flat_map(|page| broken(page, &read(page), false))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_link_of_the_front_pages_leads_somewhere() {
    let pages = [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "ci/lab/README.md",
        "src/ui/README.md",
    ];
    let wrong: Vec<_> = pages
        .iter()
        .map(|page| root().join(page))
        .flat_map(|page| broken(&page, &read(&page), true))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_page_begins_with_its_title() {
    let untitled: Vec<_> = pages()
        .into_iter()
        .filter(|page| !read(page).starts_with("# "))
        .collect();
    assert_eq!(untitled, Vec::<PathBuf>::new());
}

// The checker itself must be able to fail.

#[test]
fn the_checker_sees_a_broken_link() {
    let page = root().join("docs/settings.md");
    let count = |text: &str| broken(&page, text, false).len();
    assert_eq!(
        count("[a](protocol.md) [b](#settings) [c](https://example.org/x)"),
        0
    );
    assert_eq!(count("[a](nowhere.md)"), 1);
    assert_eq!(count("# Settings\n[a](settings.md#nothing)"), 1);
    assert_eq!(count("[a](../README.md)"), 1);
    assert_eq!(count("`[a](nowhere.md)`\n```\n[a](nowhere.md)\n```\n"), 0);
}

#[test]
fn the_checker_makes_anchors_as_viewers_do() {
    assert_eq!(
        anchors("# Why the splitter?\n```\n# no\n```\n## `a.b` & C"),
        ["why-the-splitter", "ab--c"]
    );
}

/// `path` "name", "name" of each test that a page names.
fn named_tests(text: &str) -> Vec<(String, String)> {
    let parts: Vec<_> = text.split('`').collect();
    let pairs = parts.windows(2).skip(1).step_by(2);
    pairs
        .flat_map(|pair| names(pair[1]).map(|name| (pair[0].to_owned(), name.to_owned())))
        .collect()
}

/// What a text begins with that is quoted, and what is quoted behind it and a comma.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let mut left = text.strip_prefix(' ');
    std::iter::from_fn(move || {
        let (name, behind) = left?.strip_prefix('"')?.split_once('"')?;
        left = behind.strip_prefix(", ");
        Some(name)
    })
}

#[test]
fn every_test_that_a_page_names_exists() {
    let pages = ["docs/parity.md", "docs/access-proof.md"];
    let named = pages.map(|page| named_tests(&read(&root().join(page))));
    assert!(named.iter().all(|named| named.len() > 20));
    let named = named.concat();
    let missing = |(path, name): &&(String, String)| {
        let text = read(&root().join(path));
        let sentence = text.contains(&format!("test(\"{name}\""));
        !sentence && !text.contains(&format!("fn {name}("))
    };
    let missing: Vec<_> = named.iter().filter(missing).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_test_is_named_by_its_file_and_its_sentence() {
    let text = "| `a` | `b.rs` \"one_thing\", \"two\"; `c.ts` \"another\" |";
    let named = named_tests(text);
    let expected = [("b.rs", "one_thing"), ("b.rs", "two"), ("c.ts", "another")];
    assert_eq!(
        named,
        expected.map(|(path, name)| (path.to_owned(), name.to_owned()))
    );
}
