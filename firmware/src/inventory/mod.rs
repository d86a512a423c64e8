//! What is in the image, by name, version and licence: the crates of the program, the packages of the page, and what
//! stands around them. For the About page and for the bill of materials.

mod buildroot;
mod crates;
mod data;
mod documents;
mod page;
mod texts;

use std::path::{Path, PathBuf};

pub use documents::{about, bill_of_materials};
pub use texts::licence_texts;

use crate::tool;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Tool(#[from] tool::Error),
    #[error("read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is not what it should be", path.display())]
    Json {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("{} is not what it should be", path.display())]
    Toml {
        path: PathBuf,
        #[source]
        source: toml::de::Error,
    },
    #[error("cargo tree says something that is not understood: {0}")]
    Tree(String),
    #[error("{} does not say what it was made from", .0.display())]
    Origin(PathBuf),
    #[error("{0} has no licence")]
    NoLicence(String),
    #[error("a package is `name,version,licence`, not `{0}`")]
    Package(String),
    #[error("{0} seconds since 1970 is no time")]
    Epoch(u64),
}

/// Where a component comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Part of the program.
    Crate,
    /// Stands around the program: the kernel, the boot firmware, the C library.
    Package,
    /// Part of the page.
    Page,
}

/// One thing that ships.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Component {
    pub kind: Kind,
    pub name: String,
    pub version: String,
    /// An SPDX expression, or words where Buildroot has words.
    pub licence: String,
    /// SHA-256 of its source in hex, where the lock file knows it.
    pub sha256: Option<String>,
}

/// Where to look.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The project's folder.
    pub root: &'a Path,
    /// What Buildroot's `show-info` printed.
    pub buildroot: Option<&'a Path>,
    /// `name,version,licence`: what a build without Buildroot takes from elsewhere.
    pub packages: &'a [String],
}

/// Everything that ships, sorted.
pub fn gather(sources: &Sources<'_>) -> Result<Vec<Component>, Error> {
    let mut components = crates::gather(sources.root)?;
    components.extend(page::gather(sources.root)?);
    components.push(data::layouts(sources.root)?);
    if let Some(path) = sources.buildroot {
        components.extend(buildroot::gather(path)?);
    }
    for package in sources.packages {
        components.push(named(package)?);
    }
    components.sort();
    components.dedup();
    Ok(components)
}

fn named(package: &str) -> Result<Component, Error> {
    let mut parts = package.splitn(3, ',').filter(|part| !part.is_empty());
    let (Some(name), Some(version), Some(licence)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(Error::Package(package.to_owned()));
    };
    Ok(Component {
        kind: Kind::Package,
        name: name.to_owned(),
        version: version.to_owned(),
        licence: licence.to_owned(),
        sha256: None,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    serde_json::from_slice(&read(path)?).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_three_parts() {
        let linux = named("linux,6.12,GPL-2.0-only WITH Linux-syscall-note").unwrap();
        assert_eq!(
            (linux.name.as_str(), linux.version.as_str()),
            ("linux", "6.12")
        );
        for wrong in ["", "linux", "linux,6.12", "linux,,x"] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
    }

    fn project() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    #[test]
    fn what_ships_is_listed_once_and_what_only_builds_is_not() {
        let sources = Sources {
            root: project(),
            buildroot: None,
            packages: &["linux,6.12,GPL-2.0-only".to_owned()],
        };
        let components = gather(&sources).unwrap();
        let has = |kind, name: &str| {
            let same = |one: &&Component| one.kind == kind && one.name == name;
            components.iter().filter(same).count() == 1
        };
        for name in ["tokio", "rustls", "warp", "v4l2r", "usb-gadget"] {
            assert!(has(Kind::Crate, name), "{name}");
        }
        assert!(has(Kind::Page, "preact"));
        assert!(has(Kind::Package, "linux"));
        assert!(has(Kind::Package, "xkeyboard-config"));
        // A procedural macro, a build script's dependency, the simulator's typeface, a test's tool, ourselves.
        for name in [
            "serde_derive",
            "bindgen",
            "noto-sans-mono-bitmap",
            "proptest",
            "farseat",
        ] {
            assert!(!components.iter().any(|one| one.name == name), "{name}");
        }
        assert!(components.iter().all(|one| !one.licence.is_empty()));
        let of_crates = components.iter().filter(|one| one.kind == Kind::Crate);
        assert!(of_crates.clone().count() > 60);
        assert!(of_crates.clone().all(|one| one.sha256.is_some()));
    }
}
