//! The licence texts that have to go where the program goes: those that came with the sources of its crates. The page
//! carries those of its packages itself; what stands around the program brings its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Component, Error, Kind, data, read};
use crate::tool::Tool;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

/// One document: each text once, under the names of all crates that have it.
pub fn licence_texts(root: &Path, components: &[Component]) -> Result<String, Error> {
    let folders = folders(root)?;
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for component in components.iter().filter(|one| one.kind == Kind::Crate) {
        let name = format!("{} {}", component.name, component.version);
        let folder = folders.get(&name).map(PathBuf::as_path);
        let found = folder.map(texts_in).transpose()?.unwrap_or_default();
        if found.is_empty() {
            without.push(format!("{name} ({})", component.licence));
        }
        for text in found {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    let mut document = String::from("The licences of the crates that Farseat is made of.\n");
    // By the first name, not by the text.
    let mut sections: Vec<_> = texts
        .into_iter()
        .map(|(text, names)| (names, text))
        .collect();
    sections.sort();
    let layouts = read(&root.join(data::TEXT))?;
    let layouts = String::from_utf8_lossy(&layouts).trim().to_owned();
    sections.push((vec![data::TITLE.to_owned()], layouts));
    for (names, text) in sections {
        let line = "-".repeat(80);
        let _ = writeln!(document, "\n{line}\n{}\n{line}\n\n{text}", names.join(", "));
    }
    if !without.is_empty() {
        let names = without.join(", ");
        let _ = writeln!(document, "\nWithout a text of their own: {names}");
    }
    Ok(document)
}

/// Where the source of each crate is, by `name version`.
fn folders(root: &Path) -> Result<BTreeMap<String, PathBuf>, Error> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let said = Tool::new(&cargo, 0)
        .current_dir(root)
        .args(["metadata", "--locked", "--quiet", "--format-version", "1"])
        .args(["--filter-platform", "aarch64-unknown-linux-gnu"])
        .run()?;
    let metadata: Metadata = serde_json::from_slice(&said).map_err(|source| Error::Json {
        path: PathBuf::from("cargo metadata"),
        source,
    })?;
    let packages = metadata.packages.into_iter();
    Ok(packages
        .map(|package| {
            let folder = package.manifest_path.parent().map(Path::to_owned);
            let name = format!("{} {}", package.name, package.version);
            (name, folder.unwrap_or_default())
        })
        .collect())
}

/// The texts in a crate's folder, in the order of their files' names.
fn texts_in(folder: &Path) -> Result<Vec<String>, Error> {
    let listed = std::fs::read_dir(folder).and_then(|entries| {
        entries
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()
    });
    let mut files = listed.map_err(|source| Error::Read {
        path: folder.to_owned(),
        source,
    })?;
    files.retain(|path| path.is_file() && is_licence(path));
    files.sort();
    let texts = files.iter().map(|file| {
        let text = String::from_utf8_lossy(&read(file)?).replace("\r\n", "\n");
        Ok(text.trim().to_owned())
    });
    texts.collect()
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_uppercase();
    [
        "LICENSE",
        "LICENCE",
        "COPYING",
        "COPYRIGHT",
        "NOTICE",
        "UNLICENSE",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(name: &str, version: &str) -> Component {
        Component {
            kind: Kind::Crate,
            name: name.to_owned(),
            version: version.to_owned(),
            licence: "MIT".to_owned(),
            sha256: None,
        }
    }

    #[test]
    fn a_crate_without_a_text_is_named() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let document = licence_texts(root, &[component("no-such-crate", "1.0.0")]).unwrap();
        assert!(document.contains("Without a text of their own: no-such-crate 1.0.0 (MIT)"));
    }

    #[test]
    fn texts_are_files_with_the_usual_names() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("LICENSE-MIT", "one\r\n"),
            ("NOTICE", "two"),
            ("README", "three"),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(texts_in(folder.path()).unwrap(), ["one", "two"]);
    }
}
