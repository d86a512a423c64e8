//! What a certificate says of itself, for people and for the Host check. Pure.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

/// More names than this a certificate for one machine does not have; the rest is not looked at.
const MOST_NAMES: usize = 100;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// In lower case; `*.example.org` among them.
    pub(super) names: Vec<String>,
    pub(super) addresses: Vec<IpAddr>,
    /// Seconds since 1970.
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) issuer: String,
    pub(super) self_signed: bool,
    /// SHA-256 of the whole certificate, as browsers show it: `AB:CD:…`.
    pub(super) fingerprint: String,
}

impl Facts {
    /// None: this is no certificate.
    pub(super) fn of(der: &CertificateDer<'_>) -> Option<Facts> {
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        let (mut names, mut addresses) = (Vec::new(), Vec::new());
        let alternative = certificate.subject_alternative_name().ok()?;
        let listed = alternative
            .iter()
            .flat_map(|extension| &extension.value.general_names);
        for name in listed.take(MOST_NAMES) {
            match name {
                GeneralName::DNSName(name) => names.push(name.to_ascii_lowercase()),
                GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
                _ => {}
            }
        }
        Some(Facts {
            names,
            addresses,
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            issuer: certificate.issuer().to_string(),
            self_signed: certificate.issuer() == certificate.subject(),
            fingerprint: fingerprint(der),
        })
    }

    /// Whether a browser takes it for this name (RFC 6125, 6.4.3: a star is one label, the first).
    pub(super) fn is_for(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(domain) => host
                .split_once('.')
                .is_some_and(|(label, rest)| !label.is_empty() && rest == domain),
            None => *name == host,
        })
    }

    /// Whether it names this host and the appliance may take that for its own name. A star stands for the appliance's
    /// own label only: another machine's name in the same domain stays another machine's.
    pub(super) fn is_our_name(&self, host: &str, is_called: impl Fn(&str) -> bool) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        self.names.contains(&host)
            || (self.is_for(&host)
                && host
                    .split_once('.')
                    .is_some_and(|(label, _)| is_called(label)))
    }

    /// One that it is for.
    pub(super) fn a_name(&self) -> Option<String> {
        let name = self.names.first().map(|name| name.replace('*', "farseat"));
        name.or_else(|| self.addresses.first().map(IpAddr::to_string))
    }
}

/// SHA-256, as browsers show it.
pub(super) fn fingerprint(der: &CertificateDer<'_>) -> String {
    let bytes = Sha256::digest(der);
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(four.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(names: &[&str]) -> Facts {
        Facts {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            ..Facts::default()
        }
    }

    #[test]
    fn a_star_is_one_label() {
        let star = facts(&["*.example.org"]);
        assert!(star.is_for("Rack.example.org"));
        for other in [
            "example.org",
            "a.b.example.org",
            ".example.org",
            "rack.example.com",
        ] {
            assert!(!star.is_for(other), "{other}");
        }
    }

    #[test]
    fn a_star_lends_only_our_own_label() {
        let rack = |label: &str| label == "rack";
        let star = facts(&["*.example.org", "kvm.example.com"]);
        for ours in ["rack.example.org", "RACK.example.org.", "kvm.example.com"] {
            assert!(star.is_our_name(ours, rack), "{ours}");
        }
        for other in [
            "evil.example.org",
            "example.org",
            "*.example.org.evil",
            "kvm.example.com.evil",
        ] {
            assert!(!star.is_our_name(other, rack), "{other}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        use proptest::prelude::*;
        proptest!(|(bytes in proptest::collection::vec(any::<u8>(), 0..300))| {
            let _ = Facts::of(&CertificateDer::from(bytes));
        });
    }
}
