//! `farseat preseed`: what the card's boot partition asks for, done before `serve` starts.
//!
//! The steps are in an order in which the power may go between any two of them: doing them again
//! from the recorded stage gives the same end. The account comes last of what is applied, because it
//! is what makes the appliance refuse the next file; secrets are overwritten when all is told.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::appliance::make_data_folder;
use super::command::Preseed;
use super::with_causes;
use crate::auth::{self, AccountsError, PasswordHash, SeedError};
use crate::preseed::{
    Applied, Credential, Decision, RESULT_FILE, Reading, Record, Source, Stage, Trouble,
    result_text,
};
use crate::settings::{DataDir, SettingsError, Store, replace_file};
use crate::web::{IdentityError, OwnCa};

/// Why nothing could be done, or not all of it.
#[derive(Debug, thiserror::Error)]
pub(super) enum PreseedError {
    #[error("look for a preseed file in {}", path.display())]
    Find { path: PathBuf, source: io::Error },
    #[error("make the folder for what became of it")]
    Folder(#[source] Box<super::appliance::AppError>),
    #[error("write what became of it into the data folder")]
    Record(#[source] io::Error),
}

/// What went wrong in one step.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error("change the settings")]
    Settings(#[from] SettingsError),
    #[error("keep the CA")]
    Authority(#[from] IdentityError),
    #[error("keep the Wi-Fi network")]
    Wifi(#[source] io::Error),
    #[error("encode the Wi-Fi network")]
    Encode(#[from] toml::ser::Error),
    #[error("hash the password")]
    Hash,
    #[error("make the account")]
    Account(#[from] SeedError),
    #[error("write what became of it into the data folder")]
    Record(#[source] io::Error),
    #[error("write {RESULT_FILE}")]
    Tell(#[source] io::Error),
    #[error("overwrite the secrets in the file")]
    Blank(#[source] io::Error),
}

/// In this order. Whatever comes before `Conclude` is done again after a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Begin,
    Settings,
    Authority,
    Wifi,
    Account,
    Conclude,
    Tell,
    Blank,
    Finish,
}

const STEPS: [Step; 9] = [
    Step::Begin,
    Step::Settings,
    Step::Authority,
    Step::Wifi,
    Step::Account,
    Step::Conclude,
    Step::Tell,
    Step::Blank,
    Step::Finish,
];

/// Those that are left when everything is applied.
const LAST_STEPS: [Step; 3] = [Step::Tell, Step::Blank, Step::Finish];

pub(super) fn run(options: &Preseed) -> Result<(), PreseedError> {
    let found = Source::find(&options.boot).map_err(|source| PreseedError::Find {
        path: options.boot.clone(),
        source,
    })?;
    let Some((first, rest)) = found.split_first() else {
        return Ok(());
    };
    make_data_folder(&options.data.join("preseed"))
        .map_err(|error| PreseedError::Folder(Box::new(error)))?;
    let mut card = Card {
        boot: &options.boot,
        data: &options.data,
        volatile: options.volatile,
        record: Record::load(&options.data),
    };
    let trouble = card.take(first).err();
    let second = || rest.first().map(|second| passed_over(second, first));
    card.settle(trouble.or_else(second))
}

/// The two folders, and what has become of preseed files so far.
struct Card<'a> {
    boot: &'a Path,
    data: &'a Path,
    volatile: bool,
    record: Record,
}

impl Card<'_> {
    /// Does what one file asks for, or says why not.
    fn take(&mut self, source: &Source) -> Result<(), Trouble> {
        let refuse = |problem: String| trouble(source, "", &problem);
        let reading = source
            .read()
            .map_err(|refusal| refuse(refusal.to_string()))?;
        let owner = auth::owner(self.data, reading.wishes.account_name())
            .map_err(|error: AccountsError| refuse(with_causes(&error)))?;
        let fingerprint = reading.fingerprint();
        let (steps, ca) = match self.record.decide(&fingerprint, reading.is_blank(), owner) {
            Decision::Nothing => return Ok(()),
            Decision::Refuse => return Err(trouble(source, &fingerprint, OWNED)),
            Decision::Finish => (&LAST_STEPS[..], None),
            Decision::Apply => (&STEPS[..], reading.wishes.ca.as_ref()),
        };
        let settings = self.settings().map_err(refuse)?;
        let name = reading.wishes.name.clone();
        let name = name.unwrap_or_else(|| settings.current().device.name);
        // Whether it is a CA, only the face knows; nothing is done before that is clear.
        let ca = ca.map(|ca| {
            let checked = OwnCa::check(&ca.certificate, ca.key.reveal(), &name, SystemTime::now());
            checked.map_err(|problem| refuse(ca.refuse(problem).to_string()))
        });
        self.record.trouble = None;
        let mut job = Job {
            boot: self.boot,
            data: self.data,
            volatile: self.volatile,
            record: &mut self.record,
            source,
            ca: ca.transpose()?,
            reading: &reading,
            settings,
            name,
        };
        job.perform_all(steps)
            .map_err(|error| trouble(source, &fingerprint, &unfinished(&error)))
    }

    fn settings(&self) -> Result<Store, String> {
        let file = DataDir(self.data.to_owned()).settings_file();
        Store::load(&file).map_err(|error| with_causes(&error))
    }

    /// Records and tells what is wrong now, unless that is known already.
    fn settle(&mut self, trouble: Option<Trouble>) -> Result<(), PreseedError> {
        if let Some(trouble) = &trouble {
            log::warn!("preseed: {}", trouble.problem);
        }
        if self.record.trouble == trouble {
            return Ok(());
        }
        self.record.trouble = trouble;
        self.record.store(self.data).map_err(PreseedError::Record)?;
        // The page says it too.
        if let Err(error) = tell(self.boot, &self.record) {
            log::warn!("preseed: write {RESULT_FILE}: {error}");
        }
        Ok(())
    }
}

/// One file that is being applied.
struct Job<'a> {
    boot: &'a Path,
    data: &'a Path,
    /// Nothing in `data` outlives the power.
    volatile: bool,
    record: &'a mut Record,
    source: &'a Source,
    reading: &'a Reading,
    ca: Option<OwnCa>,
    settings: Store,
    name: String,
}

impl Job<'_> {
    fn perform_all(&mut self, steps: &[Step]) -> Result<(), StepError> {
        steps.iter().try_for_each(|step| self.perform(*step))
    }

    fn perform(&mut self, step: Step) -> Result<(), StepError> {
        match step {
            Step::Begin => self.stage(Stage::Begun),
            Step::Settings => {
                let wishes = &self.reading.wishes;
                Ok(self.settings.change(|settings| wishes.lay_over(settings))?)
            }
            Step::Authority => match &self.ca {
                Some(ca) => Ok(ca.keep(self.data, &self.name, SystemTime::now())?),
                None => Ok(()),
            },
            Step::Wifi => self.keep_wifi(),
            Step::Account => self.make_account(),
            Step::Conclude => self.stage(Stage::Applied),
            Step::Tell => tell(self.boot, self.record).map_err(StepError::Tell),
            Step::Blank if self.volatile => Ok(()),
            Step::Blank => self.source.blank(self.reading).map_err(StepError::Blank),
            Step::Finish => {
                log::info!("preseed: {} is applied", self.source.format.file_name());
                self.stage(Stage::Done)
            }
        }
    }

    /// Records how far it is. What was done is told from the stage on in which it is.
    fn stage(&mut self, stage: Stage) -> Result<(), StepError> {
        let kept = self.record.last.take().filter(|_| stage == Stage::Done);
        self.record.last = Some(Applied {
            stage,
            ..kept.unwrap_or_else(|| self.applied())
        });
        self.record.trouble = None;
        self.record.store(self.data).map_err(StepError::Record)
    }

    fn applied(&self) -> Applied {
        Applied {
            stage: Stage::Begun,
            volatile: self.volatile,
            file: self.source.format.file_name().to_owned(),
            fingerprint: self.reading.fingerprint(),
            applied: self.reading.wishes.in_words(),
            unknown: self.reading.unknown.clone(),
            problems: self.reading.remarks.clone(),
        }
    }

    fn keep_wifi(&self) -> Result<(), StepError> {
        let Some(wifi) = &self.reading.wishes.wifi else {
            return Ok(());
        };
        let text = toml::to_string(wifi)?;
        let file = self.data.join("preseed/wifi.toml");
        replace_file(&file, text.as_bytes(), 0o600).map_err(StepError::Wifi)
    }

    fn make_account(&self) -> Result<(), StepError> {
        let Some(account) = &self.reading.wishes.account else {
            return Ok(());
        };
        let hash = match &account.credential {
            Credential::Hash(hash) => hash.clone(),
            Credential::Password(secret) => {
                PasswordHash::of(secret.reveal()).map_err(|_| StepError::Hash)?
            }
        };
        Ok(auth::seed(self.data, &account.name, hash)?)
    }
}

const OWNED: &str = "not applied, because this appliance has an owner. To start anew, put a file named \
                     factory-reset beside it; otherwise delete it, for the passwords and keys in it are \
                     still readable";

fn trouble(source: &Source, fingerprint: &str, problem: &str) -> Trouble {
    let file = source.format.file_name();
    Trouble {
        file: file.to_owned(),
        fingerprint: fingerprint.to_owned(),
        problem: format!("{file}: {problem}"),
    }
}

fn passed_over(second: &Source, first: &Source) -> Trouble {
    let first = first.format.file_name();
    trouble(
        second,
        "",
        &format!("not read, because {first} is there as well and goes first: delete one of them"),
    )
}

fn unfinished(error: &StepError) -> String {
    format!(
        "not finished: {}; it is tried again at the next start",
        with_causes(error)
    )
}

/// Writes the text file beside the preseed file. FAT renames nothing atomically, so it is written
/// where it stands.
fn tell(boot: &Path, record: &Record) -> io::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(boot.join(RESULT_FILE))?;
    file.write_all(result_text(record, env!("CARGO_PKG_VERSION")).as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
#[path = "preseed_tests.rs"]
mod tests;
