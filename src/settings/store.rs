//! The settings in force: loaded once, changed one edit at a time, written before published.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::{Settings, SettingsError, VideoSettings, replace_file};

/// Far above any real settings file; a wrong file is noticed before it fills the memory.
const LARGEST_FILE: u64 = 64 * 1024;

/// Holds the settings in force. Cheap handle.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    file: PathBuf,
    /// What the file is laid over, and what a written file leaves out.
    base: Settings,
    current: watch::Sender<Settings>,
    video: watch::Sender<VideoSettings>,
    /// Held from reading `current` to publishing, so that no edit is lost and the file is
    /// written in the order in which changes are published. Protects no value of its own.
    change: Mutex<()>,
}

impl Store {
    /// Loads `file` over the defaults; a missing file is the defaults.
    ///
    /// # Errors
    /// The file cannot be read, or holds an unknown key or a bad value.
    pub fn load(file: &Path) -> Result<Store, SettingsError> {
        Store::load_over(&Settings::default(), file)
    }

    /// The same with other defaults than the compiled ones (the simulator's addresses).
    ///
    /// # Errors
    /// As [`Store::load`]; also when `base` itself is not allowed.
    pub fn load_over(base: &Settings, file: &Path) -> Result<Store, SettingsError> {
        base.check()?;
        let text = read_bounded(file)?;
        let settings = Settings::read_over(base, &text, file)?;
        Ok(Store(Arc::new(Shared {
            file: file.to_owned(),
            base: base.clone(),
            video: watch::Sender::new(settings.video.clone()),
            current: watch::Sender::new(settings),
            change: Mutex::new(()),
        })))
    }

    #[must_use]
    pub fn current(&self) -> Settings {
        self.0.current.borrow().clone()
    }

    /// All of them, as they change.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Settings> {
        self.0.current.subscribe()
    }

    /// The video part, as it changes.
    #[must_use]
    pub fn video(&self) -> watch::Receiver<VideoSettings> {
        self.0.video.subscribe()
    }

    /// Validates, writes the file atomically, then publishes. Blocks on the disk: call it from
    /// a blocking task.
    ///
    /// # Errors
    /// The edit's value is not allowed, or the file cannot be written; nothing changes then.
    pub fn change(&self, edit: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
        let shared = &*self.0;
        let _one_at_a_time = shared.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = self.current();
        edit(&mut next);
        next.check()?;
        if next == *shared.current.borrow() {
            return Ok(());
        }
        let text = next.write_over(&shared.base)?;
        replace_file(&shared.file, text.as_bytes(), 0o644).map_err(|source| {
            SettingsError::Write {
                path: shared.file.clone(),
                source,
            }
        })?;
        shared
            .video
            .send_if_modified(|video| std::mem::replace(video, next.video.clone()) != next.video);
        shared.current.send_replace(next);
        Ok(())
    }
}

fn read_bounded(file: &Path) -> Result<String, SettingsError> {
    let failed = |source| SettingsError::Read {
        path: file.to_owned(),
        source,
    };
    let opened = match std::fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut text = String::new();
    opened
        .take(LARGEST_FILE + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(SettingsError::TooLarge {
            path: file.to_owned(),
            limit: LARGEST_FILE,
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::text::HEADER;
    use super::*;
    use crate::video::edid::{EdidWish, Offer};

    struct Case {
        folder: tempfile::TempDir,
    }

    impl Case {
        fn with(text: &str) -> Case {
            let case = Case {
                folder: tempfile::tempdir().expect("temporary folder"),
            };
            std::fs::write(case.file(), text).expect("write the file");
            case
        }

        fn file(&self) -> PathBuf {
            self.folder.path().join("settings.toml")
        }

        fn refusal(&self) -> String {
            let error = Store::load(&self.file())
                .err()
                .expect("refused")
                .to_string();
            error.replace(&format!("{}/", self.folder.path().display()), "")
        }
    }

    #[test]
    fn a_missing_file_is_the_defaults() {
        let store = Store::load(Path::new("/nowhere/settings.toml")).expect("load");
        assert_eq!(store.current(), Settings::default());
    }

    #[test]
    fn the_file_lies_over_the_defaults() {
        let case = Case::with("[video]\nquality = 60\n[web]\nhttp = \"off\"\n");
        let settings = Store::load(&case.file()).expect("load").current();
        assert_eq!(settings.video.quality, 60);
        assert_eq!(settings.web.http, None);
        assert_eq!(settings.web.https, Settings::default().web.https);
    }

    #[test]
    fn the_file_lies_over_other_defaults_too() {
        let case = Case::with("[video]\nquality = 60\n");
        let mut base = Settings::default();
        base.web.http = None;
        base.web.https = "127.0.0.1:8443".parse().expect("address");
        let store = Store::load_over(&base, &case.file()).expect("load");
        assert_eq!(store.current().web, base.web);
        assert_eq!(store.current().video.quality, 60);
    }

    #[test]
    fn an_edid_is_kept_by_its_name_or_whole_and_a_broken_one_is_refused() {
        let case = Case::with("[video]\nedid = \"1280x720@60\"\n");
        let store = Store::load(&case.file()).expect("load");
        assert_eq!(store.current().video.edid, EdidWish::Offered(Offer::Hd60));
        let own = EdidWish::Own(Offer::Xga60.edid());
        let wished = own.clone();
        store.change(|s| s.video.edid = wished).expect("change");
        let again = Store::load(&case.file()).expect("load").current();
        assert_eq!(again.video.edid, own);
        let message = Case::with("[video]\nedid = \"00ff\"\n").refusal();
        assert!(
            message.starts_with("settings.toml:2: ") && message.contains("2 bytes"),
            "{message}"
        );
    }

    #[test]
    fn an_unknown_key_is_refused_with_file_line_and_key() {
        let message = Case::with("[video]\nquality = 60\nqualty = 3\n").refusal();
        assert!(
            message.starts_with("settings.toml:3: video.qualty: unknown field `qualty`"),
            "{message}"
        );
        assert!(
            message.contains("`quality`") && message.contains("`max_fps`"),
            "says what is allowed: {message}"
        );
    }

    #[test]
    fn an_unknown_section_is_refused() {
        let message = Case::with("\n[vidoe]\nquality = 60\n").refusal();
        assert!(message.starts_with("settings.toml:2: vidoe"), "{message}");
    }

    #[test]
    fn a_value_out_of_range_is_refused_with_its_line() {
        let message = Case::with("[video]\n\nquality = 0\n").refusal();
        assert_eq!(
            message,
            "settings.toml:3: video.quality = 0 is not allowed: 1 to 100"
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_with_its_key() {
        let message = Case::with("[video]\nquality = \"good\"\n").refusal();
        assert!(
            message.starts_with(
                "settings.toml:2: video.quality: invalid type: string \"good\", expected u8"
            ),
            "{message}"
        );
    }

    #[test]
    fn a_bad_address_is_refused_with_what_is_allowed() {
        let message = Case::with("[web]\nhttp = \"nowhere\"\n").refusal();
        assert_eq!(
            message,
            "settings.toml:2: web.http: not an address: allowed is \"ip:port\" or \"off\""
        );
    }

    #[test]
    fn what_is_not_toml_is_refused_with_its_line() {
        assert!(
            Case::with("[video]\nquality = = 3\n")
                .refusal()
                .starts_with("settings.toml:2: ")
        );
    }

    #[test]
    fn a_huge_file_is_refused() {
        let case = Case::with(&"# padding\n".repeat(10_000));
        assert!(case.refusal().contains("too large"), "{}", case.refusal());
    }

    #[test]
    fn a_change_is_written_and_published() {
        let case = Case::with("[device]\nname = \"rack\"\n");
        let store = Store::load(&case.file()).expect("load");
        let video = store.video();
        store
            .change(|settings| settings.video.max_fps = 15)
            .expect("change");
        assert_eq!(video.borrow().max_fps, 15);
        let again = Store::load(&case.file()).expect("load again").current();
        assert_eq!(again, store.current());
        assert_eq!(
            (again.device.name.as_str(), again.video.max_fps),
            ("rack", 15)
        );
    }

    #[test]
    fn the_file_holds_only_what_differs_from_the_defaults() {
        let case = Case::with("");
        Store::load(&case.file())
            .expect("load")
            .change(|s| s.video.width = 1280)
            .expect("change");
        let text = std::fs::read_to_string(case.file()).expect("read");
        assert_eq!(text.strip_prefix(HEADER), Some("[video]\nwidth = 1280\n"));
    }

    #[test]
    fn a_change_that_is_not_allowed_changes_nothing() {
        let case = Case::with("");
        let store = Store::load(&case.file()).expect("load");
        let video = store.video();
        let error = store
            .change(|settings| settings.video.quality = 101)
            .expect_err("not allowed");
        assert!(
            matches!(error, SettingsError::NotAllowed(problem) if problem.key == "video.quality")
        );
        assert_eq!(store.current(), Settings::default());
        assert!(!video.has_changed().expect("store lives"));
        assert_eq!(std::fs::read_to_string(case.file()).expect("read"), "");
    }

    #[test]
    fn a_change_that_cannot_be_written_changes_nothing() {
        let store = Store::load(Path::new("/nowhere/settings.toml")).expect("load");
        let error = store
            .change(|settings| settings.video.quality = 50)
            .expect_err("no folder");
        assert!(matches!(error, SettingsError::Write { .. }));
        assert_eq!(store.current().video.quality, 80);
    }

    #[test]
    fn changing_the_name_does_not_wake_the_video_part() {
        let case = Case::with("");
        let store = Store::load(&case.file()).expect("load");
        let video = store.video();
        store
            .change(|settings| settings.device.name = "rack".to_owned())
            .expect("change");
        assert!(!video.has_changed().expect("store lives"));
    }

    #[test]
    fn no_text_makes_loading_panic() {
        use proptest::prelude::*;
        proptest!(|(text in "[\\[\\]a-z=\\.\"0-9 \n#{}']{0,80}")| {
            let _ = Settings::read_over(&Settings::default(), &text, Path::new("x"));
        });
    }
}
