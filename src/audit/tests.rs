//! The log as `web` sees it, over restarts, power cuts and somebody with an editor.

use super::*;

struct Case(tempfile::TempDir);

impl Case {
    fn new() -> Case {
        Case(tempfile::tempdir().expect("temporary folder"))
    }

    fn open(&self) -> Audit {
        Audit::open(self.0.path(), WallClock::new(|| Some(1_800_000_000)))
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.path().join("audit.jsonl")
    }
}

fn note(what: What, detail: &str) -> Note {
    Note {
        what,
        who: Some("ann".to_owned()),
        address: Some(IpAddr::from([192, 0, 2, 1])),
        detail: detail.to_owned(),
    }
}

#[tokio::test]
async fn what_is_recorded_is_read_and_goes_on_after_a_restart() {
    let case = Case::new();
    for n in 1..=3 {
        let audit = case.open();
        audit.record(note(What::Login, "Firefox on Linux"));
        let chain = audit.chain().await.expect("chain");
        assert_eq!((chain.entries.len(), chain.broken_at), (n, None));
        let last = chain.entries.last().expect("one");
        assert_eq!((last.number, last.time), (n as u64, Some(1_800_000_000)));
        assert_eq!(last.who.as_deref(), Some("ann"));
    }
}

#[tokio::test]
async fn a_broken_chain_is_reported_with_the_entry_where_it_breaks() {
    let case = Case::new();
    let audit = case.open();
    for user in ["ann", "eve", "bob"] {
        audit.record(note(What::UserAdded, user));
    }
    assert_eq!(audit.chain().await.expect("chain").broken_at, None);
    let text = std::fs::read_to_string(case.file()).expect("file");
    std::fs::write(case.file(), text.replace("eve", "abe")).expect("write");
    assert_eq!(audit.chain().await.expect("chain").broken_at, Some(2));
    drop(audit);
    let audit = case.open();
    audit.record(note(What::Login, ""));
    let chain = audit.chain().await.expect("chain");
    assert_eq!(chain.broken_at, Some(2), "and no restart makes it whole");
    assert_eq!(chain.entries.last().map(|entry| entry.number), Some(4));
}

#[tokio::test]
async fn half_a_line_of_a_power_cut_is_taken_away_and_told() {
    let case = Case::new();
    let audit = case.open();
    audit.record(note(What::Login, ""));
    audit.record(note(What::Logout, ""));
    let text = audit.export().await.expect("text");
    drop(audit);
    std::fs::write(case.file(), &text[..text.len() - 20]).expect("write");
    let chain = case.open().chain().await.expect("chain");
    let what: Vec<_> = chain.entries.iter().map(|entry| entry.what).collect();
    assert_eq!(what, [What::Login, What::AuditCut]);
    assert_eq!(chain.broken_at, None);
}

#[tokio::test]
async fn the_log_is_bounded_and_its_chain_goes_on_over_the_cut() {
    let case = Case::new();
    let mut log = Log::open(case.0.path()).expect("open");
    let detail = "x".repeat(150);
    let mut written = 0_u64;
    let size = |name: &str| {
        let path = case.0.path().join(name);
        std::fs::metadata(path).map_or(0, |metadata| metadata.len())
    };
    while written < 3 * file::LARGEST {
        log.append(None, note(What::Media, &detail))
            .expect("append");
        written += 300;
    }
    for name in ["audit.jsonl", "audit.older.jsonl"] {
        assert!(
            size(name) > 0 && size(name) < file::LARGEST + 1024,
            "{name}"
        );
    }
    drop(log);
    let chain = case.open().chain().await.expect("chain");
    assert_eq!(chain.broken_at, None);
    let first = &chain.entries[0];
    assert!(first.what == What::AuditCut && first.number > 1);
}

#[tokio::test]
async fn a_flood_of_refusals_leaves_room_for_everything_else() {
    let case = Case::new();
    let audit = case.open();
    audit.record(note(What::Claim, ""));
    for _ in 0..10_000 {
        audit.record(note(What::LoginRefused, "wrong"));
    }
    audit.record(note(What::Login, ""));
    let chain = audit.chain().await.expect("chain");
    assert!(chain.entries.len() < 50, "{}", chain.entries.len());
    assert_eq!(chain.entries[0].what, What::Claim);
    assert_eq!(chain.entries.last().expect("one").what, What::Login);
}

#[tokio::test]
async fn a_detail_is_cut_and_cannot_make_a_second_line() {
    let case = Case::new();
    let audit = case.open();
    let long = format!("a\n{}", "ü".repeat(5000));
    audit.record(note(What::Media, &long));
    let text = audit.export().await.expect("text");
    assert_eq!(text.lines().count(), 1);
    assert_eq!(audit.chain().await.expect("chain").broken_at, None);
}

#[tokio::test]
async fn a_log_that_cannot_be_opened_stops_nobody() {
    let audit = Audit::open(Path::new("/proc/no/such/folder"), WallClock::new(|| None));
    audit.record(note(What::Login, ""));
    assert_eq!(audit.export().await, Err(NoAudit));
}
