//! The npm packages that are part of the page: those of the lock file that are not only for building it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Component, Error, Kind, read_json};

#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
struct Locked {
    version: Option<String>,
    license: Option<String>,
    #[serde(default)]
    dev: bool,
    #[serde(default, rename = "devOptional")]
    dev_optional: bool,
}

pub(super) fn gather(root: &Path) -> Result<Vec<Component>, Error> {
    let lock: Lock = read_json(&root.join("src/ui/package-lock.json"))?;
    let mut components = Vec::new();
    for (path, package) in lock.packages {
        let ships = !package.dev && !package.dev_optional;
        // The page itself has the empty path.
        let Some((_, name)) = path.rsplit_once("node_modules/").filter(|_| ships) else {
            continue;
        };
        let licence = package.license;
        components.push(Component {
            kind: Kind::Page,
            name: name.to_owned(),
            version: package.version.unwrap_or_default(),
            licence: licence.ok_or_else(|| Error::NoLicence(name.to_owned()))?,
            sha256: None,
        });
    }
    Ok(components)
}
