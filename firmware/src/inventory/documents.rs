//! The inventory as the two files that are in the image: `about.json` for the page, `sbom.cdx.json` (CycloneDX 1.6) for
//! whoever looks for what is vulnerable.

use serde_json::{Value, json};

use super::{Component, Error, Kind};
use crate::VERSION;

/// What `GET /api/v1/about` answers with.
#[must_use]
pub fn about(components: &[Component]) -> Value {
    let listed = components.iter().map(|component| {
        json!({
            "name": component.name,
            "version": component.version,
            "licence": component.licence,
            "kind": component.kind,
        })
    });
    json!({ "version": VERSION, "components": listed.collect::<Vec<_>>() })
}

/// The bill of materials, without a serial number: it is the same for the same inputs.
pub fn bill_of_materials(components: &[Component], epoch: u64) -> Result<Value, Error> {
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": timestamp(epoch)?,
            "component": {
                "type": "firmware",
                "bom-ref": "farseat",
                "name": "farseat",
                "version": VERSION,
                "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
            },
        },
        "components": components.iter().map(listed).collect::<Vec<_>>(),
    }))
}

fn timestamp(epoch: u64) -> Result<String, Error> {
    let seconds = i64::try_from(epoch).map_err(|_| Error::Epoch(epoch))?;
    let time = jiff::Timestamp::from_second(seconds).map_err(|_| Error::Epoch(epoch))?;
    Ok(time.to_string())
}

fn listed(component: &Component) -> Value {
    let kind = match component.kind {
        Kind::Crate => "cargo",
        Kind::Page => "npm",
        Kind::Package => "generic",
    };
    // A scope's @ has to be escaped (package-url, core specification).
    let name = component.name.replace('@', "%40");
    let purl = format!("pkg:{kind}/{name}@{}", component.version);
    let mut value = json!({
        "type": "library",
        "bom-ref": purl,
        "name": component.name,
        "version": component.version,
        "purl": purl,
        "licenses": [licence(component)],
    });
    if let Some(sha256) = &component.sha256 {
        value["hashes"] = json!([{ "alg": "SHA-256", "content": sha256 }]);
    }
    value
}

/// Cargo and npm have SPDX expressions; what stands around the program may have words.
fn licence(component: &Component) -> Value {
    match component.kind {
        Kind::Crate | Kind::Page => json!({ "expression": component.licence }),
        Kind::Package => json!({ "license": { "name": component.licence } }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(kind: Kind, name: &str) -> Component {
        Component {
            kind,
            name: name.to_owned(),
            version: "1.2.3".to_owned(),
            licence: "MIT".to_owned(),
            sha256: Some("ab".repeat(32)),
        }
    }

    #[test]
    fn the_page_is_told_names_versions_and_licences() {
        let about = about(&[component(Kind::Page, "preact")]);
        assert_eq!(about["version"], VERSION);
        let expected =
            json!([{ "name": "preact", "version": "1.2.3", "licence": "MIT", "kind": "page" }]);
        assert_eq!(about["components"], expected);
    }

    #[test]
    fn the_bill_names_each_component_by_its_package_url_and_hash() {
        let components = [
            component(Kind::Crate, "tokio"),
            component(Kind::Page, "@preact/signals"),
        ];
        let bill = bill_of_materials(&components, 1_767_225_600).unwrap();
        assert_eq!(bill["metadata"]["timestamp"], "2026-01-01T00:00:00Z");
        assert_eq!(bill["components"][0]["purl"], "pkg:cargo/tokio@1.2.3");
        assert_eq!(
            bill["components"][1]["purl"],
            "pkg:npm/%40preact/signals@1.2.3"
        );
        assert_eq!(
            bill["components"][0]["hashes"][0]["content"],
            "ab".repeat(32)
        );
    }

    #[test]
    fn a_time_that_no_calendar_has_is_refused() {
        assert!(bill_of_materials(&[], u64::MAX).is_err());
    }
}
