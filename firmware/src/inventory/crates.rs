//! The crates of the program as it ships: what Cargo resolves for the board's target and features. No procedural
//! macros, no build scripts, no tests.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::{Component, Error, Kind, read};
use crate::tool::Tool;

/// As Buildroot's package builds it; `ci/cross` adds trust in a key, and no crate.
const SHIPPED: [&str; 9] = [
    "--package",
    "farseat",
    "--no-default-features",
    "--features",
    "device",
    "--target",
    "aarch64-unknown-linux-gnu",
    "--edges",
    "normal,no-proc-macro",
];

/// Crates that have a licence file and no expression, with what the file says.
const BY_FILE: [(&str, &str); 1] = [("v4l2r", "MIT")];

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

pub(super) fn gather(root: &Path) -> Result<Vec<Component>, Error> {
    let checksums = checksums(root)?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Tool::new(&cargo, 0)
        .current_dir(root)
        .args([
            "tree",
            "--locked",
            "--quiet",
            "--prefix",
            "none",
            "--no-dedupe",
        ])
        .args(SHIPPED)
        .args(["--format", "{p}|{l}"])
        .run()?;
    let tree = String::from_utf8_lossy(&tree);
    let mut components = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (name, version, licence) = parts(line)?;
        if name == "farseat" {
            continue;
        }
        let licence = licence_of(name, licence)?;
        let key = (name.to_owned(), version.to_owned());
        components.push(Component {
            kind: Kind::Crate,
            name: name.to_owned(),
            version: version.to_owned(),
            licence,
            sha256: checksums.get(&key).cloned(),
        });
    }
    components.sort();
    components.dedup();
    Ok(components)
}

/// As an SPDX expression; crates once wrote `MIT/Apache-2.0`.
fn licence_of(name: &str, stated: &str) -> Result<String, Error> {
    let by_file = BY_FILE.iter().find(|(known, _)| *known == name);
    match (stated, by_file) {
        ("", None) => Err(Error::NoLicence(name.to_owned())),
        ("", Some((_, licence))) => Ok((*licence).to_owned()),
        _ => Ok(stated
            .split('/')
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" OR ")),
    }
}

/// `name v1.2.3|licence`, with a folder in brackets after the version of a crate of ours.
fn parts(line: &str) -> Result<(&str, &str, &str), Error> {
    let wrong = || Error::Tree(line.to_owned());
    let (package, licence) = line.split_once('|').ok_or_else(wrong)?;
    let mut words = package.split(' ');
    let (name, version) = words.next().zip(words.next()).ok_or_else(wrong)?;
    let version = version.strip_prefix('v').ok_or_else(wrong)?;
    Ok((name, version, licence.trim()))
}

fn checksums(root: &Path) -> Result<HashMap<(String, String), String>, Error> {
    let path = root.join("Cargo.lock");
    let text = String::from_utf8_lossy(&read(&path)?).into_owned();
    let lock: Lock = toml::from_str(&text).map_err(|source| Error::Toml { path, source })?;
    let known = lock
        .package
        .into_iter()
        .filter_map(|package| Some(((package.name, package.version), package.checksum?)));
    Ok(known.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_is_taken_apart() {
        let ours = parts("farseat v0.1.0 (/somewhere)|MIT OR Apache-2.0").unwrap();
        assert_eq!(ours, ("farseat", "0.1.0", "MIT OR Apache-2.0"));
        assert!(parts("tokio").is_err());
        assert!(parts("tokio 1.0|MIT").is_err());
    }

    #[test]
    fn a_licence_is_an_expression_or_comes_from_the_crates_file() {
        let licence = |name, stated| licence_of(name, stated).unwrap();
        assert_eq!(licence("a", "MIT OR Apache-2.0"), "MIT OR Apache-2.0");
        assert_eq!(licence("a", "Apache-2.0 / MIT"), "Apache-2.0 OR MIT");
        assert_eq!(licence("v4l2r", ""), "MIT");
        assert!(licence_of("a", "").is_err());
    }
}
