//! The claim and the login as `web` sees them.

use super::*;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Case {
            folder: tempfile::tempdir().expect("temporary folder"),
        }
    }

    fn open(&self, window: ClaimWindow) -> Auth {
        Auth::open(self.folder.path(), window).expect("open")
    }
}

#[tokio::test]
async fn the_first_claim_wins_and_logs_in() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    assert_eq!(auth.claim_state(), ClaimState::Open);
    let (one, two) = tokio::join!(auth.claim("ann", "12345678"), auth.claim("bob", "12345678"));
    let token = one.expect("first");
    assert!(matches!(two, Err(ClaimError::Done)));
    assert_eq!(auth.claim_state(), ClaimState::Done);
    assert_eq!(auth.session(token.as_str()).expect("session").user(), "ann");
}

#[tokio::test]
async fn an_account_survives_a_restart_and_a_session_does_not() {
    let case = Case::new();
    let token = case
        .open(ClaimWindow::Always)
        .claim("ann", "12345678")
        .await
        .expect("claim");
    let auth = case.open(ClaimWindow::Always);
    assert_eq!(auth.claim_state(), ClaimState::Done);
    assert!(auth.session(token.as_str()).is_none());
    auth.login(PEER, "ann", "12345678").await.expect("login");
}

#[tokio::test]
async fn a_closed_window_refuses_the_claim() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::AfterPowerOn(Duration::ZERO));
    assert_eq!(auth.claim_state(), ClaimState::Closed);
    assert!(matches!(
        auth.claim("ann", "12345678").await,
        Err(ClaimError::Closed)
    ));
}

#[tokio::test]
async fn a_claim_with_a_bad_choice_leaves_the_appliance_unclaimed() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    assert!(matches!(
        auth.claim("Ann", "12345678").await,
        Err(ClaimError::Choice(ChoiceError::Name))
    ));
    assert!(matches!(
        auth.claim("ann", "1234567").await,
        Err(ClaimError::Choice(ChoiceError::Password))
    ));
    assert_eq!(auth.claim_state(), ClaimState::Open);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    auth.claim("ann", "12345678").await.expect("claim");
    assert_eq!(
        auth.login(PEER, "ann", "12345679").await,
        Err(LoginError::Wrong)
    );
    assert_eq!(
        auth.login(PEER, "bob", "12345678").await,
        Err(LoginError::Wrong)
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_even_for_the_right_password() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    auth.claim("ann", "12345678").await.expect("claim");
    for _ in 0..5 {
        auth.login(PEER, "ann", "wrong").await.expect_err("wrong");
    }
    assert!(matches!(
        auth.login(PEER, "ann", "12345678").await,
        Err(LoginError::TooMany(_))
    ));
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    let token = auth.claim("ann", "12345678").await.expect("claim");
    let session = auth.session(token.as_str()).expect("session");
    auth.log_out(&session);
    session.ended().await;
    assert!(auth.session(token.as_str()).is_none());
}

#[tokio::test]
async fn a_claim_that_cannot_be_written_is_none() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    drop(case);
    let error = auth.claim("ann", "12345678").await.expect_err("no folder");
    assert!(matches!(
        error,
        ClaimError::Accounts(AccountsError::Write { .. })
    ));
    assert_eq!(auth.claim_state(), ClaimState::Open);
}

#[tokio::test]
async fn the_first_login_replaces_an_imported_hash() {
    const YESCRYPT: &str = "$y$j9T$abcdefghijklmnop$0Hi8KsZH/hAMRN9Bam6ce3nmi5QAIz3R/KeaXG/c7p9";
    let case = Case::new();
    let hash = PasswordHash::parse(YESCRYPT).expect("hash");
    seed(case.folder.path(), "ann", hash).expect("seed");
    let kept = || std::fs::read_to_string(case.folder.path().join("accounts.json")).expect("file");
    let auth = case.open(ClaimWindow::Always);
    assert_eq!(auth.claim_state(), ClaimState::Done);
    auth.login(PEER, "ann", "wrong horse")
        .await
        .expect_err("wrong");
    assert!(
        kept().contains(YESCRYPT),
        "a wrong password replaces nothing"
    );
    auth.login(PEER, "ann", "correct horse")
        .await
        .expect("login");
    assert!(kept().contains("$argon2id$v=19$m=19456"), "{}", kept());
    assert!(!kept().contains("$y$"));
    auth.login(PEER, "ann", "correct horse")
        .await
        .expect("with the new hash");
}

#[tokio::test]
async fn a_hash_that_cannot_be_replaced_still_logs_in() {
    let case = Case::new();
    let hash = "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0";
    let hash = PasswordHash::parse(hash).expect("hash");
    seed(case.folder.path(), "ann", hash).expect("seed");
    let auth = case.open(ClaimWindow::Always);
    drop(case);
    auth.login(PEER, "ann", "correct horse")
        .await
        .expect("login");
}
