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
