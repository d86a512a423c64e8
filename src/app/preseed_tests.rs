//! The command on two folders, and the power cut between any two of its steps.

use std::collections::BTreeMap;

use super::*;
use crate::auth::Owner;
use crate::preseed::Told;

const OWN: &str = "[device]\nname = \"rack-3\"\n[account]\nname = \"ann\"\n\
    password_hash = \"$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0\"\n\
    [wifi]\nssid = \"Attic\"\npassword = \"battery staple\"\n[locale]\ntimezone = \"Europe/London\"\n";

struct Case {
    folder: tempfile::TempDir,
    options: Preseed,
}

impl Case {
    fn new() -> Case {
        let folder = tempfile::tempdir().expect("temporary folder");
        let [boot, data] = ["boot", "data"].map(|name| folder.path().join(name));
        std::fs::create_dir(&boot).expect("boot");
        std::fs::create_dir(&data).expect("data");
        Case {
            folder,
            options: Preseed {
                boot,
                data,
                volatile: false,
            },
        }
    }

    fn with(file: &str, text: &str) -> Case {
        let case = Case::new();
        case.put(file, text);
        case
    }

    fn put(&self, file: &str, text: &str) {
        std::fs::write(self.options.boot.join(file), text).expect("write");
    }

    fn run(&self) -> &Case {
        run(&self.options).expect("run");
        self
    }

    fn told(&self) -> Option<Told> {
        Record::load(&self.options.data).told()
    }

    fn problem(&self) -> String {
        self.told().expect("told").problems.join("\n")
    }

    fn result(&self) -> String {
        std::fs::read_to_string(self.options.boot.join(RESULT_FILE)).expect("result")
    }

    fn owner(&self) -> Owner {
        auth::owner(&self.options.data, Some("ann")).expect("accounts")
    }

    fn name(&self) -> String {
        let file = DataDir(self.options.data.clone()).settings_file();
        Store::load(&file).expect("settings").current().device.name
    }

    /// Every file of both folders.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("list") {
                let path = entry.expect("entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.folder.path()).expect("below");
                    files.insert(name.to_owned(), std::fs::read(&path).expect("read"));
                }
            }
        }
        files
    }

    /// Performs the first `count` steps only, as if the power went then.
    fn cut_after(&self, count: usize) {
        let found = Source::find(&self.options.boot).expect("find");
        let reading = found[0].read().expect("read");
        make_data_folder(&self.options.data.join("preseed")).expect("folder");
        let mut record = Record::load(&self.options.data);
        let mut job = Job {
            boot: &self.options.boot,
            data: &self.options.data,
            volatile: false,
            record: &mut record,
            source: &found[0],
            ca: None,
            reading: &reading,
            settings: Store::load(&self.options.data.join("settings.toml")).expect("settings"),
            name: "rack-3".to_owned(),
        };
        job.perform_all(&STEPS[..count]).expect("perform");
    }
}

#[test]
fn a_file_is_applied_told_and_its_secrets_overwritten() {
    let case = Case::with("farseat.toml", OWN);
    case.run();
    assert_eq!(case.owner(), Owner::This);
    assert_eq!(case.name(), "rack-3");
    let told = case.told().expect("told");
    assert_eq!((told.applied, told.problems.len()), (true, 0));
    assert_eq!(told.unknown, ["locale.timezone"]);
    let result = case.result();
    for part in [
        "farseat.toml was applied",
        "rack-3",
        "ann owns",
        "Attic is kept",
        "locale.timezone",
    ] {
        assert!(result.contains(part), "{part}: {result}");
    }
    for (file, content) in case.files() {
        let text = String::from_utf8_lossy(&content).into_owned();
        let may_hold = |part: &str| file.ends_with(part);
        assert!(
            !text.contains("battery") || may_hold("preseed/wifi.toml"),
            "{file:?}"
        );
        assert!(
            !text.contains("$6$") || may_hold("accounts.json"),
            "{file:?}"
        );
    }
}

#[test]
fn what_is_secret_in_the_data_folder_is_the_appliances_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::with("farseat.toml", OWN);
    case.run();
    for file in ["accounts.json", "preseed/wifi.toml", "preseed/result.toml"] {
        let metadata = std::fs::metadata(case.options.data.join(file)).expect("file");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_file_is_applied_once() {
    let case = Case::with("farseat.toml", OWN);
    let first = case.run().files();
    assert_eq!(case.run().files(), first);
}

#[test]
fn the_power_may_go_between_any_two_steps() {
    let whole = Case::with("farseat.toml", OWN).run().files();
    for count in 0..=STEPS.len() {
        let case = Case::with("farseat.toml", OWN);
        case.cut_after(count);
        assert_eq!(case.run().files(), whole, "after {count} steps");
        assert_eq!(case.run().files(), whole, "and once more");
    }
}

#[test]
fn secrets_that_were_overwritten_in_part_are_overwritten_whole() {
    let whole = Case::with("farseat.toml", OWN).run().files();
    for (secret, half) in [
        ("battery staple", "batter* staple"),
        ("$6$saltsalt", "***saltsalt"),
    ] {
        let case = Case::with("farseat.toml", OWN);
        case.cut_after(7);
        case.put("farseat.toml", &OWN.replace(secret, half));
        assert_eq!(case.run().files(), whole, "{half}");
    }
}

#[test]
fn an_appliance_with_an_owner_refuses_a_changed_file() {
    let case = Case::with("farseat.toml", OWN);
    case.run();
    let accounts = std::fs::read(case.options.data.join("accounts.json")).expect("accounts");
    let changed = OWN
        .replace("\"ann\"", "\"eve\"")
        .replace("rack-3", "rack-4");
    case.put("farseat.toml", &changed);
    case.run();
    assert_eq!(case.name(), "rack-3");
    assert_eq!(
        std::fs::read(case.options.data.join("accounts.json")).expect("accounts"),
        accounts
    );
    assert!(
        case.problem().contains("has an owner"),
        "{}",
        case.problem()
    );
    assert!(case.result().contains("has an owner"));
    assert_eq!(
        std::fs::read_to_string(case.options.boot.join("farseat.toml")).expect("file"),
        changed
    );
    case.put("farseat.toml", "");
    case.run();
    assert!(
        case.problem().contains("has an owner"),
        "an empty file is another file"
    );
}

#[test]
fn the_trouble_is_gone_with_its_cause() {
    let case = Case::with("farseat.toml", OWN);
    let done = case.run().files();
    case.put("rpi-preseed.toml", "");
    assert!(
        case.run().problem().contains("goes first"),
        "{}",
        case.problem()
    );
    std::fs::remove_file(case.options.boot.join("rpi-preseed.toml")).expect("remove");
    assert_eq!(case.run().files(), done);
}

#[test]
fn a_bad_file_leaves_the_appliance_unclaimed_and_itself_as_it_is() {
    let text = OWN.replace("rack-3", "no host name");
    let case = Case::with("farseat.toml", &text);
    case.run();
    assert_eq!(case.owner(), Owner::Nobody);
    assert!(
        case.problem()
            .starts_with("farseat.toml: line 2: device.name: "),
        "{}",
        case.problem()
    );
    assert!(case.result().contains("line 2"));
    assert!(!case.told().expect("told").applied);
    case.put("farseat.toml", OWN);
    case.run();
    assert_eq!((case.owner(), case.problem()), (Owner::This, String::new()));
}

#[test]
fn a_bad_ca_is_refused_before_anything_is_done() {
    let text = format!("{OWN}[ca]\ncertificate = \"x\"\nkey = \"y\"\n");
    let case = Case::with("farseat.toml", &text);
    case.run();
    assert_eq!(case.owner(), Owner::Nobody);
    assert!(
        case.problem().contains("line 12: ca.certificate: "),
        "{}",
        case.problem()
    );
}

#[test]
fn after_a_factory_reset_the_file_is_applied_again_without_its_secrets() {
    let case = Case::with("farseat.toml", OWN);
    case.run();
    std::fs::remove_dir_all(&case.options.data).expect("reset");
    case.run();
    assert_eq!(
        (case.owner(), case.name()),
        (Owner::Nobody, "rack-3".to_owned())
    );
    assert!(case.problem().contains("overwritten"), "{}", case.problem());
}

#[test]
fn without_a_data_partition_the_secrets_stay_for_the_next_start() {
    let mut case = Case::with("farseat.toml", OWN);
    case.options.volatile = true;
    for _ in 0..2 {
        case.run();
        assert_eq!(case.owner(), Owner::This);
        let file = std::fs::read_to_string(case.options.boot.join("farseat.toml"));
        assert_eq!(file.expect("file"), OWN);
        assert!(case.result().contains("stay in it"), "{}", case.result());
        std::fs::remove_dir_all(&case.options.data).expect("power off");
    }
}

#[test]
fn damaged_accounts_are_no_unclaimed_appliance() {
    let case = Case::with("farseat.toml", OWN);
    std::fs::write(case.options.data.join("accounts.json"), "{").expect("write");
    case.run();
    assert_eq!(case.name(), "farseat");
    assert!(
        case.problem().contains("not an accounts file"),
        "{}",
        case.problem()
    );
}

#[test]
fn a_boot_partition_that_cannot_be_written_is_told_and_tried_again() {
    let case = Case::with("farseat.toml", OWN);
    // A folder in the place of the result: writing it fails, for root too.
    std::fs::create_dir(case.options.boot.join(RESULT_FILE)).expect("in the way");
    case.run();
    assert_eq!(case.owner(), Owner::This);
    assert!(case.problem().contains("tried again"), "{}", case.problem());
    std::fs::remove_dir(case.options.boot.join(RESULT_FILE)).expect("out of the way");
    case.run();
    assert_eq!(case.problem(), "");
    assert!(case.result().contains("was applied"));
}

#[test]
fn a_step_that_fails_is_told_and_tried_again() {
    let case = Case::with("farseat.toml", OWN);
    // A folder in the place of the file: writing it fails, for root too.
    let wifi = case.options.data.join("preseed/wifi.toml");
    std::fs::create_dir_all(&wifi).expect("in the way");
    case.run();
    assert_eq!(case.owner(), Owner::Nobody);
    assert!(!case.told().expect("told").applied);
    assert!(
        case.problem().contains("keep the Wi-Fi network"),
        "{}",
        case.problem()
    );
    assert!(!case.result().contains("was applied"), "{}", case.result());
    std::fs::remove_dir(&wifi).expect("out of the way");
    case.run();
    assert_eq!((case.owner(), case.problem()), (Owner::This, String::new()));
}

#[test]
fn without_a_file_nothing_is_done() {
    let case = Case::new();
    case.run();
    assert_eq!(case.files().len(), 0);
    assert_eq!(case.told(), None);
}
