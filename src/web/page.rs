//! The embedded page: files that `build.rs` found, packed by the page's own build, served under
//! exact paths with strong ETags.

use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use warp::reply::{Reply as _, Response};

/// One file of the page.
pub(crate) struct Asset {
    /// As in the URL.
    pub(crate) path: &'static str,
    /// Differs when the content does.
    tag: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

const BUILT: &[Asset] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Stands in for the page in a program that was built without Node.
const UNBUILT: &[Asset] = &[Asset {
    path: INDEX,
    tag: "unbuilt",
    plain: b"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Farseat</title>\
        <p>This program was built without its page. Build the page (npm run build in src/ui), \
        then the program again.",
    gzip: None,
    brotli: None,
}];

const INDEX: &str = "/index.html";

/// Every file, with the path it is served under: `/index.html` is `/`.
pub(crate) fn assets() -> impl Iterator<Item = (&'static str, &'static Asset)> {
    let assets = if BUILT.is_empty() { UNBUILT } else { BUILT };
    assets.iter().map(|asset| match asset.path {
        INDEX => ("/", asset),
        path => (path, asset),
    })
}

impl Asset {
    /// Answers a request with these headers.
    pub(crate) fn answer(&self, asked: &HeaderMap) -> Response {
        let (bytes, encoding) = self.best(asked);
        let tag = format!("\"{}{}\"", self.tag, encoding.unwrap_or_default());
        let unchanged = matches(asked, &tag);
        let sent: &'static [u8] = if unchanged { &[] } else { bytes };
        let mut response = http::Response::new(sent).into_response();
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(media_type(self.path)),
        );
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static(self.caching()),
        );
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }

    fn best(&self, asked: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
        match (self.brotli, self.gzip) {
            (Some(bytes), _) if accepts(asked, "br") => (bytes, Some("br")),
            (_, Some(bytes)) if accepts(asked, "gzip") => (bytes, Some("gzip")),
            _ => (self.plain, None),
        }
    }

    /// The page's build puts a hash into the name of everything under `assets/`.
    fn caching(&self) -> &'static str {
        if self.path.starts_with("/assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        }
    }
}

/// Whether `Accept-Encoding` names this coding with a weight other than 0.
fn accepts(asked: &HeaderMap, coding: &str) -> bool {
    let lists = asked.get_all(header::ACCEPT_ENCODING).iter();
    lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
            name.trim().eq_ignore_ascii_case(coding)
                && weight.is_none_or(|w| w.is_ok_and(|w| w > 0.0))
        })
}

fn matches(asked: &HeaderMap, tag: &str) -> bool {
    let list = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|list| list.to_str().ok());
    list.is_some_and(|list| {
        list.split(',')
            .any(|item| item.trim().trim_start_matches("W/") == tag)
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: Asset = Asset {
        path: "/assets/index-abc.js",
        tag: "1234",
        plain: b"plain",
        gzip: Some(b"gzip"),
        brotli: Some(b"brotli"),
    };

    fn asking(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("value"))])
    }

    fn encoding(accepted: &str) -> Option<String> {
        let response = SCRIPT.answer(&asking(header::ACCEPT_ENCODING, accepted));
        let encoding = response.headers().get(header::CONTENT_ENCODING)?;
        encoding.to_str().ok().map(str::to_owned)
    }

    #[test]
    fn the_best_accepted_form_is_sent() {
        assert_eq!(encoding("gzip, deflate, br").as_deref(), Some("br"));
        assert_eq!(encoding("gzip").as_deref(), Some("gzip"));
        assert_eq!(encoding("br;q=0, gzip;q=0.5").as_deref(), Some("gzip"));
        assert_eq!(encoding("identity"), None);
        assert_eq!(encoding("gzipped, bro"), None);
    }

    #[test]
    fn each_form_has_its_own_tag() {
        let packed = SCRIPT.answer(&asking(header::ACCEPT_ENCODING, "br"));
        let plain = SCRIPT.answer(&HeaderMap::new());
        assert_eq!(packed.headers()[header::ETAG], "\"1234br\"");
        assert_eq!(plain.headers()[header::ETAG], "\"1234\"");
    }

    #[test]
    fn a_known_tag_is_not_sent_again() {
        let known = SCRIPT.answer(&asking(header::IF_NONE_MATCH, "\"x\", W/\"1234\""));
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
        let other = SCRIPT.answer(&asking(header::IF_NONE_MATCH, "\"12345\""));
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn hashed_files_are_kept_forever_and_the_page_is_asked_for_each_time() {
        let script = SCRIPT.answer(&HeaderMap::new());
        assert!(
            script.headers()[header::CACHE_CONTROL]
                .to_str()
                .expect("text")
                .contains("immutable")
        );
        let (_, page) = assets().find(|(path, _)| *path == "/").expect("a page");
        let page = page.answer(&HeaderMap::new());
        assert_eq!(page.headers()[header::CACHE_CONTROL], "no-cache");
    }
}
