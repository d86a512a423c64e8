//! The audit log: a page of it, and all of it.

use http::header::{self, HeaderValue};
use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Reply as _;

use super::error::ApiError;
use super::gate::Admin;
use super::route::{Answer, Call};
use crate::audit::Entry;

/// Entries of one answer.
const MOST: usize = 500;
const USUAL: usize = 100;

/// A page of the audit log, the newest entry first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Audit")]
pub(crate) struct Page {
    entries: Vec<Entry>,
    /// How many are kept in all.
    total: usize,
    /// Whether each follows from the one before it.
    intact: bool,
    /// The first that does not.
    broken_at: Option<u64>,
}

pub(crate) async fn page(call: Call, _admin: Admin) -> Answer {
    let wanted = Wanted::parse(&call.query)?;
    let chain = call.face.services.audit.chain().await?;
    let total = chain.entries.len();
    let older = chain.entries.into_iter().rev();
    let older = older.filter(|entry| wanted.before.is_none_or(|before| entry.number < before));
    let page = Page {
        entries: older.take(wanted.limit).collect(),
        total,
        intact: chain.broken_at.is_none(),
        broken_at: chain.broken_at,
    };
    Ok(warp::reply::json(&page).into_response())
}

pub(crate) async fn export(call: Call, _admin: Admin) -> Answer {
    let text = call.face.services.audit.export().await?;
    let mut response = http::Response::new(text).into_response();
    let headers = response.headers_mut();
    let media = HeaderValue::from_static("application/jsonl");
    headers.insert(header::CONTENT_TYPE, media);
    let name = HeaderValue::from_static("attachment; filename=\"farseat-audit.jsonl\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Which entries.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    before: Option<u64>,
    limit: usize,
}

impl Wanted {
    /// `before=N&limit=N`, either or both.
    fn parse(query: &str) -> Result<Wanted, ApiError> {
        let mut wanted = Wanted {
            before: None,
            limit: USUAL,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let number = |text: &str| text.parse::<u64>().ok();
            match pair.split_once('=').map(|(key, text)| (key, number(text))) {
                Some(("before", Some(before))) => wanted.before = Some(before),
                Some(("limit", Some(limit))) if (1..=MOST as u64).contains(&limit) => {
                    wanted.limit = limit as usize;
                }
                _ => {
                    let allowed = "the query: allowed are before=N, and limit=N from 1 to 500";
                    return Err(ApiError::Body(allowed.to_owned()));
                }
            }
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_for_by_number() {
        let parse = |query| Wanted::parse(query).expect(query);
        assert_eq!(
            parse(""),
            Wanted {
                before: None,
                limit: USUAL
            }
        );
        let both = Wanted {
            before: Some(7),
            limit: 5,
        };
        assert_eq!(parse("before=7&limit=5"), both);
        for wrong in [
            "before",
            "before=x",
            "limit=0",
            "limit=501",
            "after=1",
            "before=-1",
        ] {
            assert!(Wanted::parse(wrong).is_err(), "{wrong}");
        }
    }
}
