//! The settings of updates, and what they may be. Pure.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::allowed::{NotAllowed, require};

/// Longer addresses are a mistake.
const LONGEST_ADDRESS: usize = 1000;
const DAY: u16 = 24 * 60;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateSettings {
    /// Where the list of releases is; empty = nowhere.
    pub channel: String,
    /// How often the list is looked at.
    pub check: Every,
    /// Whether a newer release is installed without being asked for.
    pub auto: bool,
    /// When that may be, in UTC, such as `02:00-04:00`; may go over midnight.
    #[schemars(with = "String")]
    pub window: Window,
}

/// How often something is done.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    #[default]
    Daily,
    Never,
}

/// A part of the day, in UTC: the appliance knows no other time zone. In the file as `"02:00-04:00"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// In minutes after midnight.
    from: u16,
    until: u16,
}

impl Default for UpdateSettings {
    fn default() -> Self {
        UpdateSettings {
            channel: String::new(),
            check: Every::Daily,
            auto: false,
            window: Window {
                from: 2 * 60,
                until: 4 * 60,
            },
        }
    }
}

impl Window {
    pub const ALLOWED: &str = "two different times of the day, such as \"02:00-04:00\" (UTC)";

    /// Reads `02:00-04:00`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Window> {
        let (from, until) = text.split_once('-')?;
        let window = Window {
            from: minutes(from)?,
            until: minutes(until)?,
        };
        (window.from != window.until).then_some(window)
    }

    /// Whether a time, in seconds since 1970, is inside.
    #[must_use]
    pub fn has(self, seconds: u64) -> bool {
        self.day(seconds).is_some()
    }

    /// The day since 1970 on which the window began that a time, in seconds since 1970, is inside of.
    #[must_use]
    pub fn day(self, seconds: u64) -> Option<u64> {
        let minutes = seconds / 60;
        let day = minutes / u64::from(DAY);
        let minute = u16::try_from(minutes % u64::from(DAY)).unwrap_or(0);
        if self.from < self.until {
            return (self.from..self.until).contains(&minute).then_some(day);
        }
        match minute {
            late if late >= self.from => Some(day),
            early if early < self.until => day.checked_sub(1),
            _ => None,
        }
    }
}

/// `02:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str, below: u16| {
        let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u16 = digits.parse().ok().filter(|_| two)?;
        (number < below).then_some(number)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, until] = [self.from, self.until].map(|at| (at / 60, at % 60));
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from.0, from.1, until.0, until.1
        )
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let refused = || D::Error::custom(format!("not a window: allowed are {}", Window::ALLOWED));
        Window::parse(&text).ok_or_else(refused)
    }
}

pub(super) fn check_update(update: &UpdateSettings) -> Result<(), NotAllowed> {
    let channel = &update.channel;
    require(
        channel.is_empty() || is_address(channel),
        "update.channel",
        channel,
        "an address that begins with https:// or http://, without a user name or password, or \"\"",
    )?;
    require(
        !update.auto || !channel.is_empty(),
        "update.auto",
        &update.auto,
        "true only with update.channel",
    )
}

/// A server, and nothing secret: what is set is shown and logged.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else {
        return false;
    };
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    let secret = uri
        .authority()
        .is_none_or(|authority| authority.as_str().contains('@'));
    web && !secret
        && uri.host().is_some_and(|host| !host.is_empty())
        && text.len() <= LONGEST_ADDRESS
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;

    #[test]
    fn a_window_has_its_beginning_and_not_its_end_and_may_go_over_midnight() {
        let window = Window::parse("02:30-04:00").expect("a window");
        assert_eq!(window.to_string(), "02:30-04:00");
        let day = 20_000 * 24 * HOUR;
        for (at, inside) in [
            (2 * HOUR + 1799, false),
            (2 * HOUR + 1800, true),
            (4 * HOUR - 1, true),
            (4 * HOUR, false),
        ] {
            assert_eq!(window.has(day + at), inside, "{at}");
        }
        let night = Window::parse("23:00-01:00").expect("a window");
        let inside = [0, 1, 12, 22, 23].map(|hour| night.has(day + hour * HOUR));
        assert_eq!(inside, [true, false, false, false, true]);
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for text in [
            "",
            "02:00",
            "2:00-4:00",
            "24:00-01:00",
            "02:60-03:00",
            "02:00-02:00",
            "+2:00-04:00",
            "02:00-04:00-06:00",
            "02:00 - 04:00",
        ] {
            assert_eq!(Window::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_channel_is_a_server_without_secrets() {
        for good in [
            "https://example.org/farseat/index.json",
            "http://192.0.2.1:8080/i",
            "https://[2001:db8::1]/i",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "example.org/index.json",
            "ftp://example.org/i",
            "https://",
            "https:///i",
            "file:///etc/passwd",
            "https://ann:secret@example.org/i",
            "https://example.org/a b",
            &format!("https://example.org/{}", "x".repeat(1000)),
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn nothing_is_installed_by_itself_without_a_channel_or_by_default() {
        let mut update = UpdateSettings::default();
        assert!(check_update(&update).is_ok() && !update.auto);
        update.auto = true;
        assert_eq!(
            check_update(&update).expect_err("no channel").key,
            "update.auto"
        );
        update.channel = "https://example.org/i".to_owned();
        check_update(&update).expect("allowed");
    }
}
