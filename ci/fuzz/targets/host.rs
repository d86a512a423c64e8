//! Host and Origin: what is taken for ours is ours, whatever the spelling. The rest of a request's head is read by hyper.

#![no_main]

use std::net::IpAddr;

use farseat_fuzz::site::{is_ours, is_same_site};
use http::uri::Authority;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (host, origin) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(host) = host.parse::<Authority>() else {
        return;
    };
    let rack = |label: &str| label.eq_ignore_ascii_case("rack");
    if is_ours(&host, rack) {
        let name = host.host().trim_matches(['[', ']']).trim_end_matches('.');
        let name = name.to_ascii_lowercase();
        let ours = ["rack", "rack.local", "localhost", "localhost.local"];
        assert!(
            ours.contains(&&*name) || name.parse::<IpAddr>().is_ok(),
            "{host}"
        );
    }
    if is_same_site(origin, &host, true) {
        assert!(origin.starts_with("https://") && !origin.contains('@'));
        let site = origin["https://".len()..].to_ascii_lowercase();
        assert!(site.starts_with(&host.host().to_ascii_lowercase()));
    }
});
