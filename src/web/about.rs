//! `GET /api/v1/about`: which version this is and what it is made of.
//!
//! The list is a file of the image, made in the same build. Outside an image there is none, and
//! the answer says only the version.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::gate::Viewer;
use super::route::{Answer, Call};

const FILE: &str = "/usr/share/farseat/about.json";

/// Several times what a full list takes.
const LARGEST: u64 = 1 << 20;

/// What the appliance is made of.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct About {
    version: String,
    /// What the image was built from; outside an image nobody knows.
    #[serde(default)]
    build: Option<String>,
    /// Empty outside an image.
    components: Vec<Component>,
}

/// Software by others that is part of the image.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Component {
    name: String,
    version: String,
    /// An SPDX expression where its author gave one.
    licence: String,
    kind: Kind,
}

/// Where a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ComponentKind")]
enum Kind {
    /// Linked into the program.
    Crate,
    /// Beside the program: kernel, firmware.
    Package,
    /// In the page that browsers load.
    Page,
}

/// Why the image's own list cannot be read: a defect of the image.
#[derive(Debug, thiserror::Error)]
#[error("read {FILE}")]
pub(crate) struct AboutError(#[source] io::Error);

pub(crate) async fn get(_call: Call, _viewer: Viewer) -> Answer {
    let about = tokio::task::spawn_blocking(|| read(Path::new(FILE))).await??;
    Ok(warp::reply::json(&about).into_response())
}

fn read(file: &Path) -> Result<About, AboutError> {
    let mut text = Vec::new();
    match File::open(file).and_then(|file| file.take(LARGEST).read_to_end(&mut text)) {
        Ok(_) => serde_json::from_slice(&text).map_err(|error| AboutError(error.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: None,
            components: Vec::new(),
        }),
        Err(error) => Err(AboutError(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Result<About, AboutError> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("about.json");
        std::fs::write(&file, text).expect("file");
        read(&file)
    }

    #[test]
    fn the_images_list_is_given_as_it_is() {
        let about = written(
            r#"{"version":"1.2.3","build":"0123abc","components":[
                {"name":"ring","version":"0.17.14","licence":"Apache-2.0 AND ISC","kind":"crate"},
                {"name":"linux","version":"6.12.30","licence":"GPL-2.0-only","kind":"package"}]}"#,
        )
        .expect("a list");
        assert_eq!(
            (about.version.as_str(), about.build.as_deref()),
            ("1.2.3", Some("0123abc"))
        );
        assert_eq!(
            about
                .components
                .iter()
                .map(|each| each.kind)
                .collect::<Vec<_>>(),
            [Kind::Crate, Kind::Package]
        );
    }

    #[test]
    fn outside_an_image_the_version_is_known_and_nothing_else() {
        let about = read(Path::new("/nowhere/about.json")).expect("an answer");
        assert_eq!(about.version, env!("CARGO_PKG_VERSION"));
        assert!(about.components.is_empty() && about.build.is_none());
    }

    #[test]
    fn a_broken_list_is_an_error_and_not_an_empty_one() {
        for text in [
            "",
            "[]",
            r#"{"version":"1"}"#,
            r#"{"version":"1","components":[{}]}"#,
        ] {
            written(text).expect_err(text);
        }
    }

    #[test]
    fn a_list_that_never_ends_is_cut() {
        let name = "x".repeat(LARGEST as usize);
        let text = format!(r#"{{"version":"{name}","components":[]}}"#);
        written(&text).expect_err("too long");
    }
}
