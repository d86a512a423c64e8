//! The certificate, for an admin to see and to change. Answers never hold a key.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::Face;
use super::error::ApiError;
use super::gate::{Admin, Confirmed};
use super::identity::{Seen, UploadError};
use super::route::{Answer, Call};
use super::uploaded::{Pem, Refused};
use crate::audit::What;

/// Chain and key as JSON; a chain of RSA certificates has some 10 KiB.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// What is served, or would be.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Certificate {
    kind: Kind,
    /// What it is for: host names ...
    names: Vec<String>,
    /// ... and addresses.
    addresses: Vec<String>,
    /// Seconds since 1970.
    not_before: i64,
    not_after: i64,
    issuer: String,
    /// SHA-256 as browsers show it, `AB:CD:…`.
    fingerprint: String,
    /// The same of the appliance's CA, or of the last certificate that was uploaded.
    ca_fingerprint: String,
    /// What an admin should know; empty when all is well.
    problems: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CertificateKind")]
enum Kind {
    Own,
    Uploaded,
}

impl Certificate {
    fn of(seen: Seen) -> Certificate {
        let facts = seen.facts;
        Certificate {
            kind: if seen.uploaded {
                Kind::Uploaded
            } else {
                Kind::Own
            },
            names: facts.names,
            addresses: facts.addresses.iter().map(ToString::to_string).collect(),
            not_before: facts.not_before,
            not_after: facts.not_after,
            issuer: facts.issuer,
            fingerprint: facts.fingerprint,
            ca_fingerprint: seen.ca_fingerprint,
            problems: seen.problems,
        }
    }
}

/// A certificate and its key, PEM.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    /// The server's certificate first, then the one that signed it, and so on.
    chain: String,
    /// Not encrypted.
    key: String,
}

impl Upload {
    /// What serde would say of a wrong body could quote the key.
    fn of(call: &Call) -> Result<Pem, ApiError> {
        let wrong =
            |_| ApiError::Body("allowed is {\"chain\": text, \"key\": text}, both PEM".to_owned());
        let Upload { chain, key } = serde_json::from_slice(&call.body).map_err(wrong)?;
        Ok(Pem { chain, key })
    }
}

pub(crate) async fn get(call: Call, _admin: Admin) -> Answer {
    answer(&call, |face| Ok(face.identity.seen())).await
}

pub(crate) async fn check(call: Call, _admin: Admin) -> Answer {
    let pem = Upload::of(&call)?;
    answer(&call, |face| Ok(face.identity.try_uploaded(pem)?)).await
}

pub(crate) async fn replace(call: Call, admin: Confirmed) -> Answer {
    let pem = Upload::of(&call)?;
    let used = answer(&call, |face| Ok(face.identity.use_uploaded(pem)?)).await?;
    call.note(&admin, What::CertificateChanged, "one of the owner's");
    Ok(used)
}

pub(crate) async fn forget(call: Call, admin: Confirmed) -> Answer {
    let own = answer(&call, |face| {
        Ok(face.identity.forget_uploaded().map_err(UploadError::from)?)
    });
    let own = own.await?;
    call.note(
        &admin,
        What::CertificateChanged,
        "the appliance's own again",
    );
    Ok(own)
}

/// Does it where it may block.
async fn answer(
    call: &Call,
    work: impl FnOnce(&Arc<Face>) -> Result<Seen, ApiError> + Send + 'static,
) -> Answer {
    let face = call.face.clone();
    let seen = tokio::task::spawn_blocking(move || work(&face)).await??;
    Ok(warp::reply::json(&Certificate::of(seen)).into_response())
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        ApiError::Certificate(UploadError::Refused(refused))
    }
}
