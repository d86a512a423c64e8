//! The claim and the login as `web` sees them.

use super::*;

pub(super) fn caller() -> Caller {
    Caller {
        address: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        device: "a test".to_owned(),
    }
}

/// A data folder and a clock.
pub(super) struct Case {
    folder: tempfile::TempDir,
    clock: Arc<Mutex<Option<u64>>>,
}

impl Case {
    pub(super) fn new() -> Self {
        Case {
            folder: tempfile::tempdir().expect("temporary folder"),
            clock: Arc::default(),
        }
    }

    pub(super) fn open(&self, window: ClaimWindow) -> Auth {
        let clock = self.clock.clone();
        let clock = WallClock::new(move || *lock(&clock));
        Auth::open(self.folder.path(), window, clock).expect("open")
    }

    pub(super) fn set_clock(&self, now: Option<u64>) {
        *lock(&self.clock) = now;
    }

    pub(super) fn file(&self) -> PathBuf {
        accounts_file(self.folder.path())
    }
}

#[tokio::test]
async fn one_of_two_claims_at_once_wins_and_is_logged_in() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    assert_eq!(auth.claim_state(), ClaimState::Open);
    let here = caller();
    let (ann, bob) = tokio::join!(
        auth.claim(&here, "ann", "12345678"),
        auth.claim(&here, "bob", "12345678")
    );
    let (winner, token) = match (ann, bob) {
        (Ok(token), Err(ClaimError::Done)) => ("ann", token),
        (Err(ClaimError::Done), Ok(token)) => ("bob", token),
        both => panic!("{both:?}"),
    };
    assert_eq!(auth.claim_state(), ClaimState::Done);
    let session = auth.session(token.as_str()).expect("session");
    assert_eq!((session.user(), session.role()), (winner, Role::Admin));
}

#[tokio::test]
async fn an_account_survives_a_restart_and_a_session_does_not() {
    let case = Case::new();
    let token = case
        .open(ClaimWindow::Always)
        .claim(&caller(), "ann", "12345678")
        .await
        .expect("claim");
    let auth = case.open(ClaimWindow::Always);
    assert_eq!(auth.claim_state(), ClaimState::Done);
    assert!(auth.session(token.as_str()).is_none());
    auth.login(&caller(), "ann", &Proof::password("12345678"))
        .await
        .expect("login");
}

#[tokio::test]
async fn a_closed_window_refuses_the_claim() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::AfterPowerOn(Duration::ZERO));
    assert_eq!(auth.claim_state(), ClaimState::Closed);
    assert!(matches!(
        auth.claim(&caller(), "ann", "12345678").await,
        Err(ClaimError::Closed)
    ));
}

#[tokio::test]
async fn a_claim_with_a_bad_choice_leaves_the_appliance_unclaimed() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    assert!(matches!(
        auth.claim(&caller(), "Ann", "12345678").await,
        Err(ClaimError::User(UserError::Choice(ChoiceError::Name)))
    ));
    assert!(matches!(
        auth.claim(&caller(), "ann", "1234567").await,
        Err(ClaimError::User(UserError::Choice(ChoiceError::Password)))
    ));
    assert_eq!(auth.claim_state(), ClaimState::Open);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    auth.claim(&caller(), "ann", "12345678")
        .await
        .expect("claim");
    assert_eq!(
        auth.login(&caller(), "ann", &Proof::password("12345679"))
            .await,
        Err(LoginError::Wrong)
    );
    assert_eq!(
        auth.login(&caller(), "bob", &Proof::password("12345678"))
            .await,
        Err(LoginError::Wrong)
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_even_for_the_right_password() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    auth.claim(&caller(), "ann", "12345678")
        .await
        .expect("claim");
    for _ in 0..5 {
        auth.login(&caller(), "ann", &Proof::password("wrong"))
            .await
            .expect_err("wrong");
    }
    assert!(matches!(
        auth.login(&caller(), "ann", &Proof::password("12345678"))
            .await,
        Err(LoginError::TooMany(_))
    ));
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    let token = auth
        .claim(&caller(), "ann", "12345678")
        .await
        .expect("claim");
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
    let error = auth
        .claim(&caller(), "ann", "12345678")
        .await
        .expect_err("no folder");
    assert!(matches!(
        error,
        ClaimError::User(UserError::Accounts(AccountsError::Write { .. }))
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
    auth.login(&caller(), "ann", &Proof::password("wrong horse"))
        .await
        .expect_err("wrong");
    assert!(
        kept().contains(YESCRYPT),
        "a wrong password replaces nothing"
    );
    auth.login(&caller(), "ann", &Proof::password("correct horse"))
        .await
        .expect("login");
    assert!(kept().contains("$argon2id$v=19$m=19456"), "{}", kept());
    assert!(!kept().contains("$y$"));
    auth.login(&caller(), "ann", &Proof::password("correct horse"))
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
    auth.login(&caller(), "ann", &Proof::password("correct horse"))
        .await
        .expect("login");
}

/// An appliance of `ann`, an admin, and `bob`, and their sessions.
pub(super) async fn two(case: &Case) -> (Auth, Session, Session) {
    let auth = case.open(ClaimWindow::Always);
    let ann = auth.claim(&caller(), "ann", "12345678").await.expect("ann");
    auth.add_user("bob", Role::Operator, "abcdefgh")
        .await
        .expect("bob");
    let bob = auth
        .login(&caller(), "bob", &Proof::password("abcdefgh"))
        .await
        .expect("login");
    let session = |token: &Token| auth.session(token.as_str()).expect("session");
    let (ann, bob) = (session(&ann), session(&bob));
    (auth, ann, bob)
}

fn lives(auth: &Auth, session: &Session) -> bool {
    auth.sessions(session)
        .iter()
        .any(|listed| serde_json::to_value(listed).expect("JSON")["current"] == true)
}

#[tokio::test]
async fn users_come_back_after_a_restart_with_their_roles() {
    let case = Case::new();
    let (auth, ..) = two(&case).await;
    drop(auth);
    let auth = case.open(ClaimWindow::Always);
    let token = auth
        .login(&caller(), "bob", &Proof::password("abcdefgh"))
        .await;
    let bob = auth
        .session(token.expect("login").as_str())
        .expect("session");
    assert_eq!(bob.role(), Role::Operator);
    let names: Vec<_> = auth
        .users(&bob)
        .into_iter()
        .map(|user| (user.name, user.you))
        .collect();
    assert_eq!(names, [("ann".to_owned(), false), ("bob".to_owned(), true)]);
}

#[tokio::test]
async fn a_new_role_ends_what_was_opened_with_the_old_one() {
    let case = Case::new();
    let (auth, ann, bob) = two(&case).await;
    let wanted = UserChange {
        role: Some(Role::Viewer),
        ..UserChange::default()
    };
    auth.change_user(&ann, "bob", wanted).await.expect("change");
    bob.ended().await;
    assert!(lives(&auth, &ann), "nobody else's");
}

#[tokio::test]
async fn who_is_removed_is_out_at_once_and_cannot_come_back() {
    let case = Case::new();
    let (auth, ann, bob) = two(&case).await;
    auth.remove_user("bob").await.expect("remove");
    bob.ended().await;
    assert!(lives(&auth, &ann));
    let again = auth
        .login(&caller(), "bob", &Proof::password("abcdefgh"))
        .await;
    assert_eq!(again, Err(LoginError::Wrong));
}

#[tokio::test]
async fn a_new_password_ends_the_users_other_logins_only() {
    let case = Case::new();
    let (auth, ann, bob) = two(&case).await;
    let other = auth
        .login(&caller(), "bob", &Proof::password("abcdefgh"))
        .await
        .expect("login");
    let other = auth.session(other.as_str()).expect("session");
    let wrong = auth
        .change_password(&bob, caller().address, "abcdefgi", "ijklmnop")
        .await;
    assert!(matches!(wrong, Err(UserError::Login(LoginError::Wrong))));
    let short = auth
        .change_password(&bob, caller().address, "abcdefgh", "ijk")
        .await;
    assert!(matches!(
        short,
        Err(UserError::Choice(ChoiceError::Password))
    ));
    assert!(lives(&auth, &other));
    auth.change_password(&bob, caller().address, "abcdefgh", "ijklmnop")
        .await
        .expect("change");
    other.ended().await;
    assert!(lives(&auth, &ann) && lives(&auth, &bob));
    let old = auth
        .login(&caller(), "bob", &Proof::password("abcdefgh"))
        .await;
    assert_eq!(old, Err(LoginError::Wrong));
    auth.login(&caller(), "bob", &Proof::password("ijklmnop"))
        .await
        .expect("with the new one");
}

#[tokio::test]
async fn the_last_admin_cannot_lock_everybody_out() {
    let case = Case::new();
    let (auth, ann, _) = two(&case).await;
    let less = UserChange {
        role: Some(Role::Viewer),
        ..UserChange::default()
    };
    let refused = auth.change_user(&ann, "ann", less).await;
    assert!(matches!(refused, Err(UserError::LastAdmin)));
    let refused = auth.remove_user("ann").await;
    assert!(matches!(refused, Err(UserError::LastAdmin)));
    assert!(lives(&auth, &ann));
}

#[tokio::test]
async fn guessing_at_a_confirmation_is_slowed_down_as_a_login_is() {
    let case = Case::new();
    let (auth, ann, _) = two(&case).await;
    let here = caller().address;
    for _ in 0..5 {
        let wrong = auth.confirm(&ann, here, &Proof::password("guess")).await;
        assert_eq!(wrong, Err(LoginError::Wrong));
    }
    let right = auth.confirm(&ann, here, &Proof::password("12345678")).await;
    assert!(matches!(right, Err(LoginError::TooMany(_))));
}

#[tokio::test]
async fn a_password_that_changed_during_the_login_lets_nobody_in() {
    let case = Case::new();
    let (auth, ..) = two(&case).await;
    let proven = auth
        .prove(caller().address, "bob", &Proof::password("abcdefgh"))
        .await
        .expect("right");
    auth.change(|accounts| accounts.set_password("bob", "another".to_owned()))
        .await
        .expect("change");
    assert!(auth.start(&caller(), "bob", &proven.password).is_none());
}
