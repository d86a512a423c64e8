//! The settings of the mouse, and what they may be: where the target's screen lies in the picture, and the jiggler. Pure.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::Window;
use super::allowed::{NotAllowed, require};
use crate::hid::alignment::Alignment;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// Moves the mouse a little when nobody does, so that the target does not fall asleep or lock its screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JigglerSettings {
    pub on: bool,
    /// After so many seconds without keyboard and mouse, and again after as many.
    pub interval_s: u16,
    pub days: Vec<Day>,
    /// `always`, or a part of the day in UTC such as `08:00-18:00`; one that goes over midnight belongs to the day on
    /// which it begins.
    #[schemars(with = "String")]
    pub hours: Hours,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hours {
    #[default]
    Always,
    Part(Window),
}

impl Day {
    pub const ALL: [Day; 7] = [
        Day::Mon,
        Day::Tue,
        Day::Wed,
        Day::Thu,
        Day::Fri,
        Day::Sat,
        Day::Sun,
    ];

    /// Of a day since 1970, which began with a Thursday.
    fn of(day: u64) -> Day {
        let index = usize::try_from((day + 3) % 7).unwrap_or(0);
        Day::ALL[index]
    }
}

impl Hours {
    pub const ALLOWED: &str =
        "\"always\", or two different times of the day, such as \"08:00-18:00\" (UTC)";
    const ALWAYS: &str = "always";

    #[must_use]
    pub fn parse(text: &str) -> Option<Hours> {
        match text {
            Hours::ALWAYS => Some(Hours::Always),
            part => Window::parse(part).map(Hours::Part),
        }
    }
}

impl Default for JigglerSettings {
    fn default() -> Self {
        JigglerSettings {
            on: false,
            interval_s: 60,
            days: Day::ALL.into(),
            hours: Hours::Always,
        }
    }
}

impl JigglerSettings {
    /// Whether it may move now, by its days and hours; seconds since 1970, none while the clock is not set.
    #[must_use]
    pub fn may(&self, now: Option<u64>) -> bool {
        if self.hours == Hours::Always && Day::ALL.iter().all(|day| self.days.contains(day)) {
            return true;
        }
        let day = now.and_then(|now| match self.hours {
            Hours::Always => Some(now / DAY_SECONDS),
            Hours::Part(window) => window.day(now),
        });
        day.is_some_and(|day| self.days.contains(&Day::of(day)))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hours::Always => f.write_str(Hours::ALWAYS),
            Hours::Part(window) => window.fmt(f),
        }
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let refused = || D::Error::custom(format!("not hours: allowed are {}", Hours::ALLOWED));
        Hours::parse(&text).ok_or_else(refused)
    }
}

pub(super) fn check_mouse(mouse: &Alignment) -> Result<(), NotAllowed> {
    for (key, offset) in [
        ("mouse.offset_x", mouse.offset_x),
        ("mouse.offset_y", mouse.offset_y),
    ] {
        require(
            (-250..=250).contains(&offset),
            key,
            &offset,
            "-250 to 250 thousandths of the picture",
        )?;
    }
    for (key, scale) in [
        ("mouse.scale_x", mouse.scale_x),
        ("mouse.scale_y", mouse.scale_y),
    ] {
        require(
            (500..=1500).contains(&scale),
            key,
            &scale,
            "500 to 1500 thousandths of the picture",
        )?;
    }
    Ok(())
}

pub(super) fn check_jiggler(jiggler: &JigglerSettings) -> Result<(), NotAllowed> {
    require(
        (10..=3600).contains(&jiggler.interval_s),
        "jiggler.interval_s",
        &jiggler.interval_s,
        "10 to 3600 seconds",
    )?;
    let days = &jiggler.days;
    let once = Day::ALL
        .iter()
        .all(|day| days.iter().filter(|given| *given == day).count() <= 1);
    require(
        once && !days.is_empty(),
        "jiggler.days",
        &format!("{days:?}"),
        "one or more of \"mon\" to \"sun\", each once",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;
    /// 2026-11-23, a Monday, at midnight UTC.
    const MONDAY: u64 = 1_795_392_000;

    fn jiggler(days: &[Day], hours: &str) -> JigglerSettings {
        JigglerSettings {
            on: true,
            days: days.into(),
            hours: Hours::parse(hours).expect("hours"),
            ..JigglerSettings::default()
        }
    }

    #[test]
    fn without_days_and_hours_no_clock_is_needed() {
        assert!(JigglerSettings::default().may(None));
        assert!(!jiggler(&[Day::Mon], "always").may(None));
        assert!(!jiggler(&Day::ALL, "08:00-18:00").may(None));
    }

    #[test]
    fn only_its_days_and_hours_count() {
        let office = jiggler(&[Day::Mon, Day::Tue], "08:00-18:00");
        for (at, may) in [
            (MONDAY + 8 * HOUR - 1, false),
            (MONDAY + 8 * HOUR, true),
            (MONDAY + 18 * HOUR, false),
            (MONDAY + 33 * HOUR, true),
            (MONDAY + 57 * HOUR, false),
        ] {
            assert_eq!(office.may(Some(at)), may, "{at}");
        }
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
        let night = jiggler(&[Day::Mon], "22:00-02:00");
        assert!(!night.may(Some(MONDAY + HOUR)), "that is Sunday's night");
        assert!(night.may(Some(MONDAY + 23 * HOUR)));
        assert!(night.may(Some(MONDAY + 25 * HOUR)));
        assert!(!night.may(Some(MONDAY + 47 * HOUR)));
    }

    #[test]
    fn each_value_has_its_limits() {
        let refused = |edit: fn(&mut JigglerSettings)| {
            let mut jiggler = JigglerSettings::default();
            edit(&mut jiggler);
            check_jiggler(&jiggler).map_or_else(|problem| problem.key, |()| "nothing")
        };
        assert_eq!(refused(|_| ()), "nothing");
        assert_eq!(refused(|j| j.interval_s = 9), "jiggler.interval_s");
        assert_eq!(refused(|j| j.interval_s = 3601), "jiggler.interval_s");
        assert_eq!(refused(|j| j.days.clear()), "jiggler.days");
        assert_eq!(refused(|j| j.days.push(Day::Mon)), "jiggler.days");
        let mouse = |offset_x, scale_y| {
            let alignment = Alignment {
                offset_x,
                scale_y,
                ..Alignment::default()
            };
            check_mouse(&alignment).map_or_else(|problem| problem.key, |()| "nothing")
        };
        assert_eq!(mouse(250, 500), "nothing");
        assert_eq!(mouse(-251, 1000), "mouse.offset_x");
        assert_eq!(mouse(0, 1501), "mouse.scale_y");
    }
}
