//! The list by which Raspberry Pi Imager offers our image: a custom repository with one entry.
//!
//! What it may say is in `imager-schema.json` beside this crate; Imager refuses an image whose sizes or sums differ.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::VERSION;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{0} seconds since 1970 is no day of a release")]
    Epoch(u64),
    #[error("{} has no name", .0.display())]
    NoName(PathBuf),
}

/// The files, and where people will get the packed one.
#[derive(Debug)]
pub struct Release<'a> {
    pub image: &'a Path,
    pub packed: &'a Path,
    /// The packed file's name is put behind it: Imager resolves no relative address.
    pub url_base: &'a str,
}

/// The manifest.
pub fn make(release: &Release<'_>, epoch: u64) -> Result<Value, Error> {
    let (image, packed) = (measure(release.image)?, measure(release.packed)?);
    let name = release.packed.file_name();
    let name = name.ok_or_else(|| Error::NoName(release.packed.to_owned()))?;
    let url = format!(
        "{}/{}",
        release.url_base.trim_end_matches('/'),
        name.to_string_lossy()
    );
    Ok(json!({
        "imager": {
            // Without this Imager has no board to choose, and shows nothing.
            "devices": [{
                "name": "Raspberry Pi 4",
                "description": "Model B with 1, 2, 4 or 8 GB",
                "tags": ["pi4-64bit"],
                "matching_type": "exclusive",
                "architecture": "armv8",
                "default": true,
            }],
        },
        "os_list": [{
            "name": format!("Farseat {VERSION}"),
            "description": "A keyboard, mouse and screen for another computer, in your browser",
            "icon": "",
            "url": url,
            "extract_size": image.bytes,
            "extract_sha256": image.sha256,
            "image_download_size": packed.bytes,
            "image_download_sha256": packed.sha256,
            "release_date": day(epoch)?,
            // Imager asks for a name, an account and the network, and leaves them in rpi-preseed.toml on partition 1.
            "init_format": "rpi-preseed",
            "devices": ["pi4-64bit"],
            "architecture": "armv8",
            "capabilities": [],
        }],
    }))
}

struct Measured {
    bytes: u64,
    sha256: String,
}

fn measure(path: &Path) -> Result<Measured, Error> {
    let at = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(at)?;
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(at)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    let sha256 = hash
        .finalize()
        .into_iter()
        .map(|byte| format!("{byte:02x}"));
    Ok(Measured {
        bytes,
        sha256: sha256.collect(),
    })
}

/// `2026-01-31`.
fn day(epoch: u64) -> Result<String, Error> {
    let seconds = i64::try_from(epoch).map_err(|_| Error::Epoch(epoch))?;
    let time = jiff::Timestamp::from_second(seconds).map_err(|_| Error::Epoch(epoch))?;
    let time = time.to_string();
    let (day, _) = time.split_once('T').ok_or(Error::Epoch(epoch))?;
    Ok(day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::Tool;

    fn example() -> Value {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("x.img");
        let packed = folder.path().join("x.img.xz");
        std::fs::write(&image, "abc").unwrap();
        std::fs::write(&packed, "").unwrap();
        let release = Release {
            image: &image,
            packed: &packed,
            url_base: "https://example.org/releases/",
        };
        make(&release, 1_767_225_600).unwrap()
    }

    fn is_valid(manifest: &Value) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.json");
        std::fs::write(&path, manifest.to_string()).unwrap();
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/imager-schema.json");
        // Debian's, because its package has the module. One that is missing refuses everything, also what is right.
        let validator =
            Tool::new("/usr/bin/python3", 0).args(["-W", "ignore", "-m", "jsonschema", "-i"]);
        validator.arg(&path).arg(schema).run().is_ok()
    }

    #[test]
    fn the_manifest_is_what_imager_reads() {
        assert!(is_valid(&example()));
    }

    #[test]
    fn it_says_the_sizes_and_sums_of_both_files() {
        let entry = &example()["os_list"][0];
        assert_eq!(entry["url"], "https://example.org/releases/x.img.xz");
        assert_eq!(entry["extract_size"], 3);
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(entry["extract_sha256"], abc);
        assert_eq!(entry["image_download_size"], 0);
        assert_eq!(entry["release_date"], "2026-01-01");
    }

    #[test]
    fn the_schema_refuses_what_imager_would() {
        for (key, wrong) in [
            ("extract_size", json!("3")),
            ("extract_sha256", json!("abc")),
            ("url", json!("x.img.xz")),
            ("release_date", json!("today")),
            ("init_format", json!("systemd")),
            ("devices", json!([])),
        ] {
            let mut manifest = example();
            manifest["os_list"][0][key] = wrong;
            assert!(!is_valid(&manifest), "{key}");
        }
        let mut nothing = example();
        nothing["imager"] = json!({});
        assert!(!is_valid(&nothing));
    }
}
