//! The interface's description, OpenAPI 3.1, made from the table of routes. Pure.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::error::ErrorBody;
use super::route::{Access, Gives, Route};
use super::table::table;

pub(super) const VIDEO_SOCKET: &str = "WebSocket: frames as binary messages (32 bytes of header, then a JPEG, in one or two \
     fragments), the signal and counters as text. The client acknowledges each frame before it gets the next, \
     always the newest. Of H.264 a few may be on their way. The layout is in docs/protocol.md.";
pub(super) const CONTROL_SOCKET: &str = "WebSocket: keyboard and pointer events as binary messages with sequence numbers, \
     acknowledged; lease, viewers, lights and USB state as text. The layout is in docs/protocol.md.";

/// What goes in and what comes out have other rules: a field that may be left out of a request is
/// always there in an answer.
struct Schemas {
    takes: SchemaGenerator,
    gives: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Schemas {
            takes: settings().for_deserialize().into_generator(),
            gives: settings().for_serialize().into_generator(),
        }
    }

    fn definitions(mut self) -> Map<String, Value> {
        let mut all = self.takes.take_definitions(true);
        all.extend(self.gives.take_definitions(true));
        all
    }
}

/// The document.
#[must_use]
pub fn openapi() -> Value {
    let mut schemas = Schemas::new();
    let error = schemas.gives.subschema_for::<ErrorBody>();
    let mut paths = Map::new();
    for route in table().iter().filter(|route| !route.about.is_empty()) {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] =
            operation(route, &error.clone().into(), &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Farseat",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Keyboard, mouse and screen of another computer. Unsafe methods and WebSockets need an \
                `Origin` equal to the request's own host, unless they carry an API token. Request bodies have at most 16 KiB, but for bundles and certificates.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas.definitions(),
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-session" },
                "token": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

fn operation(route: &Route, error: &Value, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.about,
        "description": format!("For {}.", route.handler.access().words()),
        "responses": responses(route, error, schemas),
    });
    if let Some(body) = route.takes {
        let schema = body(&mut schemas.takes);
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        });
    }
    if let Some(media) = route.takes_media {
        operation["requestBody"] = json!({ "required": true, "content": { media: {} } });
    }
    if route.handler.access().is_gated() {
        operation["security"] = json!([{ "session": [] }, { "token": [] }]);
    }
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let one = |name: &str, place: &str, required: bool, about: &str| {
        json!({
            "name": name,
            "in": place,
            "required": required,
            "description": about,
            "schema": { "type": "string" },
        })
    };
    let origin = "The request's own host; browsers send it by themselves.";
    let origin = route
        .needs_origin()
        .then(|| one("Origin", "header", true, origin));
    let own = route.parameters.iter();
    let own = own.map(|own| one(own.name, own.place, false, own.about));
    origin.into_iter().chain(own).collect()
}

/// `getApiV1State`.
fn operation_id(route: &Route) -> String {
    let words = route
        .path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let method = route.method.as_str().to_ascii_lowercase();
    words.fold(method, |mut id, word| {
        id.push_str(&word[..1].to_ascii_uppercase());
        id.push_str(&word[1..]);
        id
    })
}

fn responses(route: &Route, error: &Value, schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    let (status, done) = match &route.gives {
        Gives::Nothing => ("204", json!({ "description": "Done" })),
        Gives::Socket => ("101", json!({ "description": "The WebSocket is open" })),
        Gives::Json(schema) | Gives::Accepted(schema) => {
            let schema = schema(&mut schemas.gives);
            (
                if matches!(route.gives, Gives::Json(_)) {
                    "200"
                } else {
                    "202"
                },
                json!({ "description": "Here it is", "content": { "application/json": { "schema": schema } } }),
            )
        }
        Gives::Media(media) => (
            "200",
            json!({ "description": "Here it is", "content": { *media: {} } }),
        ),
    };
    responses.insert(status.to_owned(), done);
    let refused = |text: &str| json!({ "description": text, "content": { "application/json": { "schema": error } } });
    if route.handler.access().is_gated() {
        responses.insert("401".to_owned(), refused("Not logged in"));
    }
    if route.handler.access() != Access::Public {
        responses.insert(
            "403".to_owned(),
            refused("Not claimed yet, the Origin is not this host, or not for you: `role`, `not_a_person`, `confirm`"),
        );
    }
    if route.is_socket() {
        responses.insert("426".to_owned(), refused("Not a WebSocket handshake"));
    }
    for (status, text) in route.refusals {
        responses.insert(status.to_string(), refused(text));
    }
    Value::Object(responses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_interface_is_described() {
        let document = openapi();
        for route in table()
            .iter()
            .filter(|route| route.path.starts_with("/api/"))
        {
            let method = route.method.as_str().to_ascii_lowercase();
            let operation = &document["paths"][route.path][&method];
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{}",
                route.path
            );
        }
    }

    #[test]
    fn the_page_is_built_against_this_document() {
        let kept: Value = serde_json::from_str(include_str!("../ui/openapi.json")).expect("JSON");
        assert!(
            kept == openapi(),
            "run `farseat openapi > src/ui/openapi.json`, then `npm run generate` in src/ui"
        );
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = openapi();
        let text = document.to_string();
        let references: Vec<_> = text
            .split("\"$ref\":\"#")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(references.len() > 5, "{references:?}");
        for reference in references {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn a_route_for_the_logged_in_says_so() {
        let document = openapi();
        assert!(document["paths"]["/api/v1/status"]["get"]["security"].is_array());
        assert!(document["paths"]["/api/v1/state"]["get"]["security"].is_null());
    }

    #[test]
    fn what_an_answer_always_has_is_required_and_what_a_request_may_omit_is_not() {
        let document = openapi();
        let required = |name: &str| document["components"]["schemas"][name]["required"].to_string();
        assert!(required("State").contains("\"user\""));
        assert!(!required("Claim").contains("device_name"));
        assert_eq!(required("RuntimeSettingsChange"), "null");
    }

    #[test]
    fn operation_ids_are_unique() {
        let table = table();
        let mut ids: Vec<_> = table
            .iter()
            .filter(|route| !route.about.is_empty())
            .map(operation_id)
            .collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
