//! Is this request meant for us, and does it come from our own page? Pure.
//!
//! Against DNS rebinding: a page of `evil.example` that resolves to our address sends
//! `Host: evil.example`. Against cross-site requests: browsers put the page's own origin on every
//! WebSocket and every unsafe method, so a missing one is refused as a wrong one is.

use std::net::IpAddr;

use http::uri::Authority;

/// Whether `host` is a name of this appliance: an address, `localhost`, its name, `name.local`;
/// `is_called` knows which names it has.
///
/// Any address will do: to reach us under an address is to have asked for that address.
pub(crate) fn is_ours(host: &Authority, is_called: impl Fn(&str) -> bool) -> bool {
    let host = host.host();
    if literal(host).is_some() {
        return true;
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let bare = match host.len().checked_sub(".local".len()) {
        Some(at) if host.is_char_boundary(at) && host[at..].eq_ignore_ascii_case(".local") => {
            &host[..at]
        }
        _ => host,
    };
    host.eq_ignore_ascii_case("localhost") || is_called(bare)
}

fn literal(host: &str) -> Option<IpAddr> {
    let v6 = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match v6 {
        Some(v6) => v6.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// Whether `origin` (the header's text) is the site that the request itself asks for.
///
/// `tls` says whether the connection is encrypted. Without TLS (the loopback listener) a reverse
/// proxy may have taken it off, so there the page may be http or https.
pub(crate) fn is_same_site(origin: &str, host: &Authority, tls: bool) -> bool {
    let (rest, default) = match origin.split_once("://") {
        Some(("https", rest)) => (rest, 443),
        Some(("http", rest)) if !tls => (rest, 80),
        _ => return false,
    };
    let Ok(site) = rest.parse::<Authority>() else {
        return false;
    };
    // `user@host` is no origin.
    !rest.contains('@')
        && site.host().eq_ignore_ascii_case(host.host())
        && site.port_u16().unwrap_or(default) == host.port_u16().unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rack(label: &str) -> bool {
        label.eq_ignore_ascii_case("rack")
    }

    fn host(text: &str) -> Authority {
        text.parse().expect("authority")
    }

    #[test]
    fn our_names_and_any_address_are_ours() {
        for ours in [
            "rack",
            "RACK",
            "rack.local",
            "Rack.Local.",
            "rack.local:8443",
            "localhost",
            "localhost:1",
            "192.0.2.7",
            "10.0.0.1:443",
            "[::1]",
            "[fe80::1]:8443",
        ] {
            assert!(is_ours(&host(ours), rack), "{ours}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for other in [
            "evil.example",
            "rack.evil.example",
            "rack.local.evil.example",
            "localhost.evil.example",
            "xrack",
            "rack.lan",
            "1.2.3.4.evil.example",
            "local",
            ".local",
            "ü.local",
        ] {
            if let Ok(other) = other.parse() {
                assert!(!is_ours(&other, rack), "{other}");
            }
        }
    }

    #[test]
    fn an_origin_matches_its_own_host_only() {
        for (origin, asked, tls) in [
            ("https://rack.local", "rack.local", true),
            ("https://rack.local", "rack.local:443", true),
            ("https://RACK.local:8443", "rack.local:8443", true),
            ("https://[fe80::1]", "[fe80::1]", true),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", false),
            ("https://rack.local", "rack.local", false),
        ] {
            assert!(is_same_site(origin, &host(asked), tls), "{origin} {asked}");
        }
    }

    #[test]
    fn another_scheme_host_or_port_is_another_site() {
        for (origin, asked, tls) in [
            ("http://rack.local", "rack.local", true),
            ("https://rack.local:8443", "rack.local", true),
            ("https://rack.local", "rack.local:8443", true),
            ("https://evil.example", "rack.local", true),
            ("https://rack.local.evil.example", "rack.local", true),
            ("https://x@rack.local", "rack.local", true),
            ("null", "rack.local", true),
            ("", "rack.local", true),
            ("rack.local", "rack.local", true),
            ("https://", "rack.local", true),
            ("file://rack.local", "rack.local", false),
        ] {
            assert!(!is_same_site(origin, &host(asked), tls), "{origin} {asked}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        use proptest::prelude::*;
        proptest!(|(origin in ".{0,40}", asked in "[a-z:.\\[\\]0-9@]{1,30}")| {
            if let Ok(asked) = asked.parse() {
                is_same_site(&origin, &asked, true);
                is_ours(&asked, rack);
            }
        });
    }
}
