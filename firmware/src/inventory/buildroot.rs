//! What Buildroot put around the program: the target packages of its `show-info`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Component, Error, Kind, read_json};

#[derive(Deserialize)]
struct Package {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    licenses: String,
    /// A choice between others, which are listed themselves.
    #[serde(default, rename = "virtual")]
    is_virtual: bool,
}

/// Folders and rules of Buildroot itself, and the program, whose crates are listed one by one.
const NOT_SHIPPED: [&str; 5] = [
    "farseat",
    "skeleton",
    "skeleton-custom",
    "skeleton-init-common",
    "skeleton-init-none",
];

pub(super) fn gather(path: &Path) -> Result<Vec<Component>, Error> {
    let packages: BTreeMap<String, Package> = read_json(path)?;
    let shipped = packages.into_iter().filter(|(name, package)| {
        package.kind == "target"
            && !package.is_virtual
            && !NOT_SHIPPED.contains(&name.as_str())
            && !package.version.is_empty()
    });
    Ok(shipped
        .map(|(key, package)| Component {
            kind: Kind::Package,
            name: if package.name.is_empty() {
                key
            } else {
                package.name
            },
            version: package.version,
            licence: if package.licenses.is_empty() {
                "unknown".to_owned()
            } else {
                package.licenses
            },
            sha256: None,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_packages_are_taken_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("info.json");
        let text = r#"{
            "linux": {"type": "target", "name": "linux", "version": "abc", "licenses": "GPL-2.0", "virtual": false},
            "host-zstd": {"type": "host", "name": "zstd", "version": "1", "licenses": "BSD-3-Clause", "virtual": false},
            "toolchain": {"type": "target", "name": "toolchain", "virtual": true},
            "skeleton-init-none": {"type": "target", "name": "skeleton-init-none", "version": "", "virtual": false},
            "rootfs-cpio": {"type": "rootfs", "image_name": "rootfs.cpio"}
        }"#;
        std::fs::write(&path, text).unwrap();
        let components = gather(&path).unwrap();
        assert_eq!(components.len(), 1);
        assert_eq!(components[0].name, "linux");
        std::fs::write(&path, "[]").unwrap();
        assert!(gather(&path).is_err());
    }
}
