//! What became of preseed files: kept in the data folder, told on the boot partition and on the page.
//!
//! ```text
//! nothing ──begin──▶ begun ──all applied──▶ applied ──told, secrets overwritten──▶ done
//!                      ▲ │ power cut: again    └─ power cut: told and overwritten again
//!                      └─┘
//! ```
//! A file is known again by its fingerprint, which leaves its secrets out.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::auth::Owner;
use crate::settings::replace_file;

const LARGEST: u64 = 64 * 1024;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The last file that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Applied>,
    /// What is wrong with the file that is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    pub stage: Stage,
    /// Done without a data partition: again at every start.
    #[serde(default)]
    pub volatile: bool,
    pub file: String,
    pub fingerprint: String,
    /// What was done, in words.
    pub applied: Vec<String>,
    pub unknown: Vec<String>,
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Begun,
    Applied,
    Done,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    pub file: String,
    /// Empty for a file that cannot be read.
    pub fingerprint: String,
    pub problem: String,
}

/// What to do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It was applied before.
    Nothing,
    /// It was applied, and the power went before that was told and its secrets were overwritten.
    Finish,
    Apply,
    /// Somebody owns the appliance.
    Refuse,
}

/// What became of a preseed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Preseed")]
pub struct Told {
    /// Whether a preseed file was applied.
    pub applied: bool,
    /// Keys of it that ask for something which this appliance does not know.
    pub unknown: Vec<String>,
    /// Sentences that name file, line and key.
    pub problems: Vec<String>,
}

impl Record {
    /// Loads what `data` holds. A damaged record is none: then the owner alone decides.
    #[must_use]
    pub fn load(data: &Path) -> Record {
        let file = file(data);
        let small = std::fs::metadata(&file).is_ok_and(|metadata| metadata.len() <= LARGEST);
        let text = small.then(|| std::fs::read_to_string(&file).ok()).flatten();
        text.and_then(|text| toml::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Writes it, for the appliance alone to read.
    ///
    /// # Errors
    /// The data folder cannot be written.
    pub fn store(&self, data: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        replace_file(&file(data), text.as_bytes(), 0o600)
    }

    /// What to do with a file of this fingerprint; `owner` is asked for the account that it makes.
    #[must_use]
    pub fn decide(&self, fingerprint: &str, is_blank: bool, owner: Owner) -> Decision {
        if let Some(last) = self
            .last
            .as_ref()
            .filter(|last| last.fingerprint == fingerprint)
        {
            match last.stage {
                Stage::Begun if owner != Owner::Another => return Decision::Apply,
                Stage::Applied => return Decision::Finish,
                Stage::Done if is_blank => return Decision::Nothing,
                Stage::Begun | Stage::Done => {}
            }
        }
        match owner {
            Owner::Nobody => Decision::Apply,
            Owner::This | Owner::Another => Decision::Refuse,
        }
    }

    /// What the page shows; nothing when there never was a file.
    #[must_use]
    pub fn told(&self) -> Option<Told> {
        let trouble = self.trouble.iter().map(|trouble| trouble.problem.clone());
        let Some(last) = &self.last else {
            self.trouble.as_ref()?;
            return Some(Told {
                applied: false,
                unknown: Vec::new(),
                problems: trouble.collect(),
            });
        };
        let begun = (last.stage == Stage::Begun).then(|| {
            format!(
                "{} was begun and not finished: it is tried again at the next start",
                last.file
            )
        });
        Some(Told {
            applied: last.stage != Stage::Begun,
            unknown: last.unknown.clone(),
            problems: last
                .problems
                .iter()
                .cloned()
                .chain(begun)
                .chain(trouble)
                .collect(),
        })
    }
}

fn file(data: &Path) -> PathBuf {
    data.join("preseed/result.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(stage: Stage) -> Record {
        Record {
            last: Some(Applied {
                stage,
                volatile: false,
                file: "farseat.toml".to_owned(),
                fingerprint: "a".to_owned(),
                applied: Vec::new(),
                unknown: vec!["x.y".to_owned()],
                problems: Vec::new(),
            }),
            trouble: None,
        }
    }

    #[test]
    fn a_new_file_is_for_an_appliance_that_nobody_owns() {
        let none = Record::default();
        assert_eq!(none.decide("a", false, Owner::Nobody), Decision::Apply);
        assert_eq!(none.decide("a", false, Owner::This), Decision::Refuse);
        assert_eq!(none.decide("a", false, Owner::Another), Decision::Refuse);
    }

    #[test]
    fn a_file_that_was_applied_is_left_alone_until_it_changes() {
        let done = record(Stage::Done);
        assert_eq!(done.decide("a", true, Owner::Another), Decision::Nothing);
        assert_eq!(
            done.decide("a", false, Owner::Another),
            Decision::Refuse,
            "a new password"
        );
        assert_eq!(done.decide("b", true, Owner::Another), Decision::Refuse);
        assert_eq!(done.decide("b", true, Owner::Nobody), Decision::Apply);
    }

    #[test]
    fn after_a_power_cut_it_goes_on_where_it_was() {
        assert_eq!(
            record(Stage::Begun).decide("a", false, Owner::Nobody),
            Decision::Apply
        );
        assert_eq!(
            record(Stage::Begun).decide("a", false, Owner::This),
            Decision::Apply
        );
        assert_eq!(
            record(Stage::Begun).decide("a", false, Owner::Another),
            Decision::Refuse
        );
        assert_eq!(
            record(Stage::Applied).decide("a", false, Owner::This),
            Decision::Finish
        );
    }

    #[test]
    fn a_record_comes_back_from_its_file() {
        let data = tempfile::tempdir().expect("temporary folder");
        assert_eq!(Record::load(data.path()), Record::default());
        std::fs::create_dir(data.path().join("preseed")).expect("folder");
        let mut kept = record(Stage::Done);
        kept.trouble = Some(Trouble {
            file: "rpi-preseed.toml".to_owned(),
            fingerprint: String::new(),
            problem: "line 3: no".to_owned(),
        });
        kept.store(data.path()).expect("store");
        assert_eq!(Record::load(data.path()), kept);
        std::fs::write(file(data.path()), "last = 3").expect("write");
        assert_eq!(Record::load(data.path()), Record::default());
    }

    #[test]
    fn what_is_told_says_what_is_unfinished() {
        assert_eq!(Record::default().told(), None);
        let done = record(Stage::Done).told().expect("told");
        assert!(done.applied && done.problems.is_empty() && done.unknown == ["x.y"]);
        let begun = record(Stage::Begun).told().expect("told");
        assert!(!begun.applied && begun.problems.len() == 1);
    }
}
