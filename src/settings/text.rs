//! Settings as TOML: read over other settings, and written as what differs from them. Pure; the files are
//! [`Store`](super::Store)'s.

use std::path::Path;

use super::locate::{key_at, line_of, line_of_key};
use super::{Settings, SettingsError};

pub(super) const HEADER: &str = "# Farseat's settings: only what differs from the defaults.\n\
                      # The appliance rewrites this file when a setting is changed on its page.\n\n";

impl Settings {
    /// Parses the text strictly, then lays it over `base`, which is allowed itself. `file` is for messages.
    pub(crate) fn read_over(
        base: &Settings,
        text: &str,
        file: &Path,
    ) -> Result<Settings, SettingsError> {
        if text.is_empty() {
            return Ok(base.clone());
        }
        let refused = |error: &toml::de::Error| {
            let offset = error.span().map(|span| span.start);
            SettingsError::Parse {
                path: file.to_owned(),
                line: offset.map_or(1, |offset| line_of(text, offset)),
                key: offset.and_then(|offset| key_at(text, offset)),
                problem: error.message().to_owned(),
            }
        };
        // Alone first: only text that is parsed by itself knows the line of a mistake.
        toml::from_str::<Settings>(text).map_err(|error| refused(&error))?;
        let mut merged = toml::Table::try_from(base)?;
        overlay(&mut merged, text.parse().map_err(|error| refused(&error))?);
        let settings: Settings = merged.try_into().map_err(|error| refused(&error))?;
        settings.check().map_err(|problem| SettingsError::Value {
            path: file.to_owned(),
            line: line_of_key(text, problem.key),
            problem,
        })?;
        Ok(settings)
    }

    /// The text that [`read_over`](Settings::read_over) the same base reads as these settings.
    pub(crate) fn write_over(&self, base: &Settings) -> Result<String, SettingsError> {
        let base = toml::Table::try_from(base)?;
        let differing = difference(&toml::Table::try_from(self)?, &base);
        Ok(format!("{HEADER}{}", toml::to_string(&differing)?))
    }
}

fn overlay(below: &mut toml::Table, above: toml::Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(value)) => overlay(inner, value),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

/// What `table` says otherwise than `base`.
fn difference(table: &toml::Table, base: &toml::Table) -> toml::Table {
    let mut differing = toml::Table::new();
    for (key, value) in table {
        let value = match (value, base.get(key)) {
            (value, Some(same)) if value == same => continue,
            (toml::Value::Table(inner), Some(toml::Value::Table(base))) => {
                difference(inner, base).into()
            }
            (value, _) => value.clone(),
        };
        differing.insert(key.clone(), value);
    }
    differing
}
