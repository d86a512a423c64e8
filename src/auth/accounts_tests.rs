//! What the accounts file keeps, and what no edit may do.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn hash() -> String {
    "$argon2id$x".to_owned()
}

fn two() -> Accounts {
    let mut accounts = Accounts::default();
    accounts.add("ann", hash(), Role::Admin).expect("ann");
    accounts.add("bob", hash(), Role::Viewer).expect("bob");
    accounts
}

#[test]
fn accounts_come_back_from_their_file() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("accounts.json");
    assert!(Accounts::load(&file).expect("no file").is_empty());
    let accounts = two();
    accounts.store(&file).expect("store");
    assert_eq!(Accounts::load(&file).expect("load"), accounts);
    let mode = std::fs::metadata(&file)
        .expect("metadata")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_account_of_an_older_system_is_an_admin() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("accounts.json");
    let old = r#"{"accounts":[{"name":"ann","password":"$argon2id$x"}]}"#;
    std::fs::write(&file, old).expect("write");
    let accounts = Accounts::load(&file).expect("load");
    assert_eq!(
        accounts.find("ann").map(|account| account.role),
        Some(Role::Admin)
    );
    assert!(accounts.find("root").is_none());
}

#[test]
fn a_damaged_file_is_an_error_and_not_an_unclaimed_appliance() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("accounts.json");
    for text in [
        "",
        "{",
        "[]",
        "{\"accounts\":[],\"more\":1}",
        r#"{"accounts":[{"name":"ann","password":"x","role":"root"}]}"#,
    ] {
        std::fs::write(&file, text).expect("write");
        let error = Accounts::load(&file).expect_err(text);
        assert!(
            matches!(error, AccountsError::Parse { .. }),
            "{text}: {error}"
        );
    }
}

#[test]
fn the_last_admin_can_neither_go_nor_become_less() {
    let mut accounts = two();
    assert!(matches!(accounts.remove("ann"), Err(UserError::LastAdmin)));
    let less = accounts.set_role("ann", Role::Operator);
    assert!(matches!(less, Err(UserError::LastAdmin)));
    assert_eq!(accounts, two(), "nothing has changed");
    accounts.set_role("bob", Role::Admin).expect("a second one");
    accounts
        .set_role("ann", Role::Viewer)
        .expect("not the last");
    accounts.remove("ann").expect("not the last");
    assert!(matches!(accounts.remove("bob"), Err(UserError::LastAdmin)));
}

#[test]
fn a_name_is_taken_once_and_the_number_is_bounded() {
    let mut accounts = two();
    let again = accounts.add("bob", hash(), Role::Admin);
    assert!(matches!(again, Err(UserError::Exists)));
    for n in 2..ACCOUNTS {
        accounts
            .add(&format!("user{n}"), hash(), Role::Viewer)
            .expect("room");
    }
    let full = accounts.add("one-more", hash(), Role::Viewer);
    assert!(matches!(full, Err(UserError::Full)));
}

#[test]
fn who_is_not_there_cannot_be_changed() {
    let mut accounts = two();
    for changed in [
        accounts.remove("eve"),
        accounts.set_role("eve", Role::Admin),
        accounts.set_password("eve", hash()),
    ] {
        assert!(matches!(changed, Err(UserError::Unknown)));
    }
}

#[test]
fn debug_shows_no_hash() {
    assert!(!format!("{:?}", two()).contains("argon2id"));
}
