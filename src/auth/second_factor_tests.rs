//! The second factor from its offer to its end, as `web` sees it.

use super::super::tests::{Case, caller};
use super::super::{ClaimWindow, Proof, Token};
use super::*;
use crate::auth::Kind;

const NOW: u64 = 1_800_000_000;
const PASSWORD: &str = "12345678";

fn proof(code: Option<&str>) -> Proof {
    Proof::Password {
        password: PASSWORD.to_owned(),
        code: code.map(str::to_owned),
    }
}

async fn login(auth: &Auth, code: Option<&str>) -> Result<Token, LoginError> {
    auth.login(&caller(), "ann", &proof(code)).await
}

/// `ann`, whose app is set up at [`NOW`]: the secret and the recovery codes.
async fn set_up(case: &Case) -> (Auth, Session, Secret, Vec<String>) {
    let auth = case.open(ClaimWindow::Always);
    case.set_clock(Some(NOW));
    let token = auth.claim(&caller(), "ann", PASSWORD).await.expect("claim");
    let ann = auth.session(token.as_str()).expect("session");
    let offer = auth.offer_second_factor(&ann, "rack").expect("offer");
    let secret = Secret::from_base32(&offer.secret).expect("base32");
    login(&auth, None).await.expect("not in force yet");
    let codes = auth
        .enable_second_factor(&ann, &secret.shown_at(NOW))
        .await
        .expect("enable");
    (auth, ann, secret, codes)
}

#[tokio::test]
async fn a_login_takes_a_code_when_the_factor_is_on() {
    let case = Case::new();
    let (auth, ann, secret, _) = set_up(&case).await;
    assert!(auth.has_second_factor("ann") && !auth.has_second_factor("bob"));
    assert_eq!(login(&auth, None).await, Err(LoginError::NeedsCode));
    let wrong = login(&auth, Some("000000")).await;
    assert_eq!(wrong, Err(LoginError::WrongCode));
    case.set_clock(Some(NOW + 30));
    let typed = secret.shown_at(NOW + 30);
    let typed = format!("{} {}", &typed[..3], &typed[3..]);
    login(&auth, Some(&typed)).await.expect("right");
    auth.disable_second_factor(&ann).await.expect("off");
    login(&auth, None).await.expect("the password alone again");
}

#[tokio::test]
async fn a_code_is_taken_once_even_after_a_restart() {
    let case = Case::new();
    let (auth, _, secret, _) = set_up(&case).await;
    let first = login(&auth, Some(&secret.shown_at(NOW))).await;
    assert_eq!(
        first,
        Err(LoginError::WrongCode),
        "it put the factor in force"
    );
    case.set_clock(Some(NOW + 30));
    let code = secret.shown_at(NOW + 30);
    login(&auth, Some(&code)).await.expect("right");
    assert_eq!(login(&auth, Some(&code)).await, Err(LoginError::WrongCode));
    drop(auth);
    let auth = case.open(ClaimWindow::Always);
    assert_eq!(login(&auth, Some(&code)).await, Err(LoginError::WrongCode));
}

#[tokio::test]
async fn two_logins_at_once_do_not_share_a_code() {
    let case = Case::new();
    let (auth, _, secret, _) = set_up(&case).await;
    case.set_clock(Some(NOW + 30));
    let code = secret.shown_at(NOW + 30);
    let (one, two) = tokio::join!(login(&auth, Some(&code)), login(&auth, Some(&code)));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

#[tokio::test]
async fn a_recovery_code_lets_in_once_even_without_a_clock() {
    let case = Case::new();
    let (auth, ann, secret, codes) = set_up(&case).await;
    case.set_clock(None);
    let needed = login(&auth, None).await;
    assert_eq!(needed, Err(LoginError::NeedsRecoveryCode));
    let app = login(&auth, Some(&secret.shown_at(NOW + 30))).await;
    assert_eq!(app, Err(LoginError::CodeWithoutClock));
    login(&auth, Some(&codes[0])).await.expect("right");
    drop(auth);
    let auth = case.open(ClaimWindow::Always);
    let again = login(&auth, Some(&codes[0])).await;
    assert_eq!(again, Err(LoginError::WrongCode));
    let renewed = auth.renew_recovery_codes(&ann).await.expect("renew");
    let old = login(&auth, Some(&codes[1])).await;
    assert_eq!(old, Err(LoginError::WrongCode));
    login(&auth, Some(&renewed[1].to_uppercase()))
        .await
        .expect("a new one");
}

#[tokio::test]
async fn a_stranger_does_not_learn_who_has_a_second_factor() {
    let case = Case::new();
    let (auth, ..) = set_up(&case).await;
    for (name, code) in [("ann", None), ("ann", Some("123456")), ("eve", None)] {
        let proof = Proof::Password {
            password: "a guess".to_owned(),
            code: code.map(str::to_owned),
        };
        let refused = auth.login(&caller(), name, &proof).await;
        assert_eq!(refused, Err(LoginError::Wrong), "{name}");
    }
}

#[tokio::test]
async fn guessing_codes_is_slowed_down_and_the_right_password_clears_nothing() {
    let case = Case::new();
    let (auth, ..) = set_up(&case).await;
    for n in 0..5 {
        let code = (n % 2 == 0).then_some("000000");
        login(&auth, code)
            .await
            .expect_err("no code, or a wrong one");
    }
    let next = login(&auth, Some("000000")).await;
    assert!(matches!(next, Err(LoginError::TooMany(_))), "{next:?}");
}

#[tokio::test]
async fn nothing_is_in_force_without_the_apps_code_and_a_clock() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    let token = auth.claim(&caller(), "ann", PASSWORD).await.expect("claim");
    let ann = auth.session(token.as_str()).expect("session");
    let early = auth.enable_second_factor(&ann, "123456").await;
    assert!(matches!(early, Err(UserError::NothingOffered)));
    let offer = auth.offer_second_factor(&ann, "rack").expect("offer");
    let secret = Secret::from_base32(&offer.secret).expect("base32");
    case.set_clock(None);
    let unset = auth.enable_second_factor(&ann, &secret.shown_at(0)).await;
    assert!(matches!(unset, Err(UserError::NoClock)));
    case.set_clock(Some(NOW));
    let wrong = auth.enable_second_factor(&ann, "12345").await;
    assert!(matches!(
        wrong,
        Err(UserError::Login(LoginError::WrongCode))
    ));
    let none = auth.renew_recovery_codes(&ann).await;
    assert!(matches!(none, Err(UserError::NoSecondFactor)));
    assert!(!auth.has_second_factor("ann") && ann.kind() == Kind::Password);
}

#[tokio::test]
async fn an_admin_takes_away_the_factor_of_who_lost_it() {
    let case = Case::new();
    let (auth, ann, ..) = set_up(&case).await;
    let without = crate::auth::UserChange {
        without_second_factor: true,
        ..Default::default()
    };
    auth.change_user(&ann, "ann", without)
        .await
        .expect("change");
    login(&auth, None).await.expect("the password alone again");
}

#[tokio::test]
async fn the_file_keeps_recovery_codes_as_hashes_and_only_for_us() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::new();
    let (.., codes) = set_up(&case).await;
    let file = case.file();
    let text = std::fs::read_to_string(&file).expect("file");
    assert!(codes.iter().all(|code| !text.contains(code.as_str())));
    let mode = std::fs::metadata(&file).expect("metadata").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn the_picture_is_square_and_has_the_three_finder_patterns() {
    let code = QrCode::encode_text("otpauth://totp/x", QrCodeEcc::Medium).expect("fits");
    let rows = rows(&code);
    assert!(rows.iter().all(|row| row.len() == rows.len()));
    assert!(rows[0].starts_with("1111111") && rows[0].ends_with("1111111"));
    assert!(rows[rows.len() - 1].starts_with("1111111"));
}
