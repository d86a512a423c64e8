//! What a preseed file asks for, checked, whichever format it has. Pure.

use std::collections::BTreeMap;

use super::blank::is_blank_code;
use super::document::{Secret, Taken};
use super::refusal::Refusal;
use super::wifi::Wifi;
use crate::auth::{PasswordHash, check_name, check_password};
use crate::settings::{Method, NetworkSettings, Settings, TimeSettings};

/// A company's intermediate CA with its chain is smaller.
const LONGEST_PEM: usize = 16 * 1024;

/// All that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    pub name: Option<String>,
    pub account: Option<Account>,
    pub network: Option<NetworkSettings>,
    pub time: Option<TimeSettings>,
    pub wifi: Option<Wifi>,
    pub ca: Option<CaPem>,
}

/// The owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub credential: Credential,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    Password(Secret),
    Hash(PasswordHash),
}

/// A CA to use instead of the appliance's own; only [`OwnCa`](crate::web) knows whether it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaPem {
    pub certificate: String,
    pub key: Secret,
    /// Where the certificate stands, for a refusal.
    line: usize,
}

impl CaPem {
    /// The CA turned out not to be one.
    #[must_use]
    pub fn refuse(&self, problem: impl std::fmt::Display) -> Refusal {
        Refusal::at(self.line, Some("ca.certificate"), problem)
    }
}

impl Wishes {
    /// Puts the wishes that are settings over `settings`. Does not write.
    pub fn lay_over(&self, settings: &mut Settings) {
        if let Some(name) = &self.name {
            settings.device.name.clone_from(name);
        }
        if let Some(network) = &self.network {
            settings.network.clone_from(network);
        }
        if let Some(time) = &self.time {
            settings.time.clone_from(time);
        }
    }

    /// What is done when all of it is done, one sentence each.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let network =
            self.network
                .as_ref()
                .map(|network| match (network.method, network.address) {
                    (Method::Static, Some(address)) => format!("the network address is {address}"),
                    _ => "the network address comes by DHCP".to_owned(),
                });
        let time = self
            .time
            .as_ref()
            .map(|time| format!("the time comes from {}", time.servers.join(", ")));
        let ca = self
            .ca
            .as_ref()
            .map(|_| "your CA signs the appliance's certificate".to_owned());
        let wifi = self.wifi.as_ref().map(|wifi| {
            format!(
                "the Wi-Fi network {} is kept, but not used yet: there is no Wi-Fi in this version",
                wifi.name()
            )
        });
        let account = self
            .account_name()
            .map(|name| format!("{name} owns the appliance"));
        let name = self.name.as_ref().map(|name| format!("the name is {name}"));
        [name, network, time, ca, wifi, account]
            .into_iter()
            .flatten()
            .collect()
    }

    #[must_use]
    pub fn account_name(&self) -> Option<&str> {
        Some(self.account.as_ref()?.name.as_str())
    }
}

/// Wishes as they are collected, and where each setting stands in the file.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) wishes: Wishes,
    /// Sentences for the person who wrote the file; nothing that stops it.
    pub(super) remarks: Vec<String>,
    origins: BTreeMap<&'static str, (usize, &'static str)>,
}

impl Draft {
    /// Remembers where a setting came from and gives its value on.
    pub(super) fn origin<T>(&mut self, setting: &'static str, taken: Taken<T>) -> T {
        self.origins.insert(setting, (taken.line, taken.key));
        taken.value
    }

    /// Whether any setting of a table was given.
    pub(super) fn has_origin(&self, table: &str) -> bool {
        self.origins
            .keys()
            .any(|setting| setting.starts_with(table))
    }

    /// What settings may be, [`Settings::check`] alone knows; its complaint gets line and key.
    pub(super) fn check_settings(&self) -> Result<(), Refusal> {
        let mut trial = Settings::default();
        self.wishes.lay_over(&mut trial);
        trial.check().map_err(|problem| {
            let (line, key) = self.origins.get(problem.key).copied().unwrap_or_else(|| {
                let table = problem.key.split('.').next().unwrap_or_default();
                let beside = self.origins.iter().find(|(key, _)| key.starts_with(table));
                (beside.map_or(1, |(_, (line, _))| *line), problem.key)
            });
            let allowed = format!("{:?} is not allowed: {}", problem.given, problem.allowed);
            Refusal::at(line, Some(key), allowed)
        })
    }

    pub(super) fn account(
        &mut self,
        name: Option<Taken<String>>,
        credential: Option<Taken<Option<Credential>>>,
    ) -> Result<(), Refusal> {
        let Some(name) = name else {
            return match credential {
                Some(credential) => Err(credential.refuse("needs the user's name beside it")),
                None => Ok(()),
            };
        };
        let name = name.try_map(|name| check_name(&name).map(|()| name))?;
        match credential {
            Some(Taken { value: Some(credential), .. }) => {
                self.wishes.account = Some(Account { name: name.value, credential });
            }
            Some(blanked) => self.remarks.push(format!(
                "{} was overwritten when the file was applied before, so no account was made: write it again, or claim the appliance in the browser",
                blanked.key
            )),
            None => self.remarks.push(format!(
                "{} stands without a password, so no account was made: claim the appliance in the browser",
                name.key
            )),
        }
        Ok(())
    }

    pub(super) fn time(&mut self, servers: Option<Taken<Vec<String>>>) {
        if let Some(servers) = servers {
            let servers = self.origin("time.servers", servers);
            self.wishes.time = Some(TimeSettings { servers });
        }
    }

    pub(super) fn ca(
        &mut self,
        certificate: Option<Taken<String>>,
        key: Option<Taken<Option<Secret>>>,
    ) -> Result<(), Refusal> {
        let (certificate, key) = match (certificate, key) {
            (None, None) => return Ok(()),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(alone), None) => return Err(alone.refuse("needs ca.key beside it")),
            (None, Some(alone)) => return Err(alone.refuse("needs ca.certificate beside it")),
        };
        let key = key.value.filter(|key| !is_blank_code(key.reveal()));
        let Some(secret) = key else {
            self.remarks.push("ca.key was overwritten when the file was applied before, so the appliance makes a CA of its own: write it again if yours is wanted".to_owned());
            return Ok(());
        };
        if certificate.value.len() > LONGEST_PEM || secret.reveal().len() > LONGEST_PEM {
            return Err(certificate.refuse("is too long"));
        }
        self.wishes.ca = Some(CaPem {
            line: certificate.line,
            certificate: certificate.value,
            key: secret,
        });
        Ok(())
    }
}

/// A password or hash of an account.
pub(super) fn credential(
    taken: Taken<Option<Secret>>,
    is_hash: bool,
) -> Result<Taken<Option<Credential>>, Refusal> {
    taken.try_map(|secret| {
        let Some(secret) = secret else {
            return Ok(None);
        };
        if is_hash {
            if is_blank_code(secret.reveal()) {
                return Ok(None);
            }
            let hash =
                PasswordHash::parse(secret.reveal()).map_err(|problem| problem.to_string())?;
            return Ok(Some(Credential::Hash(hash)));
        }
        check_password(secret.reveal()).map_err(|problem| problem.to_string())?;
        Ok::<_, String>(Some(Credential::Password(secret)))
    })
}
