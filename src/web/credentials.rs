//! What a request carries to show whose it is: the session's cookie, or an API token. Pure.
//!
//! `__Host-` makes the browser insist on Secure, Path=/ and no Domain, so that no other host can
//! plant one.

use http::header::{self, HeaderMap, HeaderValue};

use crate::auth::Token;

const NAME: &str = "__Host-session";
const RULES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// The session's token, from the cookie.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
}

/// `Bearer fst_…`; the scheme's case does not matter (RFC 9110, 11.1).
pub(crate) fn bearer(said: &HeaderValue) -> Option<&str> {
    let (scheme, token) = said.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// Keeps the token until the browser closes.
pub(crate) fn keep(token: &Token) -> HeaderValue {
    let text = format!("{NAME}={}; {RULES}", token.as_str());
    let mut value = HeaderValue::try_from(text).expect("a token is hexadecimal");
    value.set_sensitive(true);
    value
}

/// Removes it.
pub(crate) fn forget() -> HeaderValue {
    HeaderValue::from_static(
        "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let line = |line: &&str| (header::COOKIE, HeaderValue::from_str(line).expect("value"));
        lines.iter().map(line).collect()
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        assert_eq!(
            token(&headers(&["a=b; __Host-session=12ab; c=d"])),
            Some("12ab")
        );
        assert_eq!(
            token(&headers(&["a=b", "__Host-session=12ab"])),
            Some("12ab")
        );
    }

    #[test]
    fn a_cookie_of_a_similar_name_is_no_session() {
        for line in [
            "session=12ab",
            "x__Host-session=12ab",
            "__Host-session2=12ab",
            "__Host-session",
        ] {
            assert_eq!(token(&headers(&[line])), None, "{line}");
        }
        assert_eq!(token(&HeaderMap::new()), None);
    }

    #[test]
    fn a_bearer_is_named_in_any_case_and_is_one_word_after_it() {
        let said = |text: &'static str| HeaderValue::from_static(text);
        assert_eq!(bearer(&said("Bearer fst_12")), Some("fst_12"));
        assert_eq!(bearer(&said("bEARER  fst_12 ")), Some("fst_12"));
        assert_eq!(bearer(&said("Basic fst_12")), None);
        assert_eq!(bearer(&said("Bearer")), None);
    }

    #[test]
    fn forgetting_follows_the_same_rules() {
        assert!(forget().to_str().expect("text").contains(RULES));
    }
}
