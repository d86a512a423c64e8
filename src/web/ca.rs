//! The appliance's own CA and the certificate that it serves with.
//!
//! Both are made on the appliance. Whoever imports the CA trusts it for little: its name
//! constraints allow `.local`, `localhost`, the appliance's name, and addresses that are
//! not routed on the Internet. A new name for good therefore means a new CA.
//!
//! There is no battery-backed clock: the time may be of 1970 until the network tells, or ten years off when
//! there is one and nobody set it. Validity is therefore counted from the later of "now" and the program's
//! own date, and starts well before; the CA's always starts at the program's date, because a CA that was made
//! in a wrong future would be good for nothing, and everybody would have to trust a new one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use x509_parser::parse_x509_certificate;

const DAY: Duration = Duration::from_secs(86_400);
/// No correct clock is before this.
const EARLIEST: Duration = crate::net::BUILT;
/// How far validity reaches back, for a client whose clock is behind.
const BACK: Duration = Duration::from_secs(200 * 86_400);
/// Apple refuses a server certificate that is valid for more than 825 days in all.
const LEAF: Duration = Duration::from_secs(820 * 86_400);
const CA: Duration = Duration::from_secs(20 * 365 * 86_400);
/// A new leaf is made this long before the old one ends.
const RENEW: Duration = Duration::from_secs(90 * 86_400);

/// Networks that the CA may speak for: private, shared, link-local and loopback.
const V4: [(Ipv4Addr, u8); 6] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
];
const V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::LOCALHOST, 128),
];

/// The CA as it is kept: key and certificate as PEM, and the bare name that it may speak for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ca {
    key: String,
    pub(super) certificate: String,
    name: String,
}

/// The serving certificate as it is kept, and what it was made for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leaf {
    pub(super) key: String,
    pub(super) certificate: String,
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    /// Days since 1970.
    not_before: u64,
    not_after: u64,
}

/// Makes a CA for an appliance that is called `name`.
pub(super) fn make_ca(name: &str, now: SystemTime) -> Result<Ca, rcgen::Error> {
    let key = KeyPair::generate()?;
    let name = name.to_ascii_lowercase();
    let mut params = params(&common_name(&name), now, CA);
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + (EARLIEST - BACK);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted(&name),
        excluded_subtrees: Vec::new(),
    });
    Ok(Ca {
        certificate: params.self_signed(&key)?.pem(),
        key: key.serialize_pem(),
        name,
    })
}

fn common_name(name: &str) -> String {
    format!("Farseat {name} CA")
}

fn permitted(name: &str) -> Vec<GeneralSubtree> {
    let names = ["local", "localhost", name].map(|name| GeneralSubtree::DnsName(name.to_owned()));
    let v4 = V4.map(|(net, prefix)| CidrSubnet::from_addr_prefix(net.into(), prefix));
    let v6 = V6.map(|(net, prefix)| CidrSubnet::from_addr_prefix(net.into(), prefix));
    let addresses = v4.into_iter().chain(v6).map(GeneralSubtree::IpAddress);
    names.into_iter().chain(addresses).collect()
}

impl Ca {
    /// One that the owner brings for an appliance that is called `name`; not checked here.
    pub(super) fn of_owner(certificate: String, key: String, name: &str) -> Ca {
        Ca {
            key,
            certificate,
            name: name.to_ascii_lowercase(),
        }
    }

    /// Whether the appliance made it, rather than its owner.
    pub(super) fn is_ours(&self) -> bool {
        let der = CertificateDer::from_pem_slice(self.certificate.as_bytes());
        der.is_ok_and(|der| {
            parse_x509_certificate(&der).is_ok_and(|(_, parsed)| {
                let mut names = parsed.subject().iter_common_name();
                names.any(|name| name.as_str() == Ok(&*common_name(&self.name)))
            })
        })
    }

    /// Whether it may speak for this bare name.
    pub(super) fn is_for(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Makes a serving certificate for the names, each with `.local` too, `localhost` and those of the
    /// addresses that the CA may speak for. Does not write to disk.
    pub(super) fn make_leaf(
        &self,
        names: &[impl AsRef<str>],
        addresses: &[IpAddr],
        now: SystemTime,
    ) -> Result<Leaf, rcgen::Error> {
        let first = names.first().map_or("farseat", AsRef::as_ref);
        let key = KeyPair::generate()?;
        let mut params = params(first, now, LEAF);
        let (names, addresses) = (self.names(names), allowed(addresses));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        for name in &names {
            params
                .subject_alt_names
                .push(SanType::DnsName(name.as_str().try_into()?));
        }
        params
            .subject_alt_names
            .extend(addresses.iter().copied().map(SanType::IpAddress));
        let issuer = Issuer::from_ca_cert_pem(&self.certificate, KeyPair::from_pem(&self.key)?)?;
        let start = start(now);
        Ok(Leaf {
            certificate: params.signed_by(&key, &issuer)?.pem(),
            key: key.serialize_pem(),
            names,
            addresses,
            not_before: start.as_secs() / DAY.as_secs(),
            not_after: (start + LEAF).as_secs() / DAY.as_secs(),
        })
    }

    /// Whether `leaf` is still as good as what [`make_leaf`](Ca::make_leaf) would make. One that names
    /// more is: an address that comes and goes is no reason for a new certificate, which every browser
    /// that does not know the CA would warn of.
    pub(super) fn suits(
        &self,
        leaf: &Leaf,
        names: &[impl AsRef<str>],
        addresses: &[IpAddr],
        now: SystemTime,
    ) -> bool {
        let now = clock(now);
        let day = |days: u64| DAY * u32::try_from(days).unwrap_or(u32::MAX);
        self.names(names)
            .iter()
            .all(|name| leaf.names.contains(name))
            && allowed(addresses)
                .iter()
                .all(|address| leaf.addresses.contains(address))
            && day(leaf.not_before) <= now
            && now + RENEW < day(leaf.not_after)
    }

    /// The CA was made for one name of the appliance; another bare name is beyond it.
    fn names(&self, wanted: &[impl AsRef<str>]) -> Vec<String> {
        let mut names = Vec::new();
        for name in wanted {
            let name = name.as_ref().to_ascii_lowercase();
            names.push(format!("{name}.local"));
            if name == self.name {
                names.push(name);
            }
        }
        names.push("localhost".to_owned());
        names
    }
}

fn params(common_name: &str, now: SystemTime, length: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    let zero = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = zero + start(now);
    params.not_after = zero + start(now) + length;
    params
}

/// Time since 1970 by a clock that may not have been set yet.
pub(super) fn clock(now: SystemTime) -> Duration {
    since_1970(now).max(EARLIEST)
}

/// When validity starts, to the day.
fn start(now: SystemTime) -> Duration {
    let start = clock(now) - BACK;
    Duration::from_secs(start.as_secs() / DAY.as_secs() * DAY.as_secs())
}

fn since_1970(now: SystemTime) -> Duration {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

/// Loopback and those of the addresses that lie in the CA's networks; sorted, each once.
fn allowed(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let own = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let mut allowed: Vec<_> = own
        .iter()
        .chain(addresses)
        .map(IpAddr::to_canonical)
        .filter(is_local)
        .collect();
    allowed.sort();
    allowed.dedup();
    allowed
}

fn is_local(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let inside = |(net, prefix): &(Ipv4Addr, u8)| {
                (u32::from(*address) ^ u32::from(*net)).leading_zeros() >= u32::from(*prefix)
            };
            V4.iter().any(inside)
        }
        IpAddr::V6(address) => {
            let inside = |(net, prefix): &(Ipv6Addr, u8)| {
                (u128::from(*address) ^ u128::from(*net)).leading_zeros() >= u32::from(*prefix)
            };
            V6.iter().any(inside)
        }
    }
}

#[cfg(test)]
#[path = "ca_tests.rs"]
mod tests;
