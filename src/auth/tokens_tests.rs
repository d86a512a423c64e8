//! API tokens: what one opens, for how long, and what ends it.

use super::super::tests::{Case, caller, two};
use super::super::{ClaimWindow, UserChange};
use super::*;

const NOW: u64 = 1_800_000_000;

fn wish(role: Role) -> TokenWish {
    TokenWish {
        label: "backup".to_owned(),
        role,
        days: 1,
    }
}

#[tokio::test]
async fn a_token_opens_a_session_that_is_its_own_even_after_a_restart() {
    let case = Case::new();
    let (auth, _, bob) = two(&case).await;
    case.set_clock(Some(NOW));
    let made = auth
        .make_token(&bob, wish(Role::Viewer))
        .await
        .expect("make");
    let text = std::fs::read_to_string(case.file()).expect("file");
    assert!(made.token.starts_with(PREFIX) && !text.contains(&made.token));
    for auth in [auth, case.open(ClaimWindow::Always)] {
        let session = auth.bearer(&caller(), &made.token).expect("session");
        assert_eq!(
            (session.user(), session.role(), session.kind()),
            ("bob", Role::Viewer, Kind::Token)
        );
        assert!(auth.session(&made.token).is_none(), "it is no cookie");
        let listed = auth.tokens(&session);
        assert_eq!((listed[0].used, listed[0].expires), (Some(NOW), NOW + DAY));
    }
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_is_refused_without_a_clock() {
    let case = Case::new();
    let (auth, _, bob) = two(&case).await;
    case.set_clock(None);
    let early = auth.make_token(&bob, wish(Role::Viewer)).await;
    assert!(matches!(early, Err(UserError::NoClock)));
    case.set_clock(Some(NOW));
    let made = auth
        .make_token(&bob, wish(Role::Viewer))
        .await
        .expect("make");
    for (clock, refused) in [
        (None, TokenError::NoClock),
        (Some(NOW + DAY), TokenError::Unknown),
    ] {
        case.set_clock(clock);
        let error = auth.bearer(&caller(), &made.token).err();
        assert_eq!(error, Some(refused), "{clock:?}");
    }
    case.set_clock(Some(NOW + DAY - 10));
    let session = auth.bearer(&caller(), &made.token).expect("in time");
    assert!(session.expires_in() <= Duration::from_secs(10));
}

#[tokio::test]
async fn revoking_a_token_ends_what_is_open_with_it() {
    let case = Case::new();
    let (auth, ann, bob) = two(&case).await;
    case.set_clock(Some(NOW));
    let made = auth
        .make_token(&bob, wish(Role::Viewer))
        .await
        .expect("make");
    let open = auth.bearer(&caller(), &made.token).expect("session");
    let label = auth
        .revoke_token(&ann, &made.id)
        .await
        .expect("an admin may");
    assert_eq!(label, "backup");
    open.ended().await;
    let after = auth.bearer(&caller(), &made.token).err();
    assert_eq!(after, Some(TokenError::Unknown));
    let again = auth.revoke_token(&ann, &made.id).await;
    assert!(matches!(again, Err(UserError::Unlisted)));
}

#[tokio::test]
async fn a_user_sees_and_ends_their_own_tokens_only() {
    let case = Case::new();
    let (auth, ann, bob) = two(&case).await;
    case.set_clock(Some(NOW));
    let anns = auth
        .make_token(&ann, wish(Role::Admin))
        .await
        .expect("make");
    let bobs = auth
        .make_token(&bob, wish(Role::Viewer))
        .await
        .expect("make");
    assert_eq!((auth.tokens(&ann).len(), auth.tokens(&bob).len()), (2, 1));
    let refused = auth.revoke_token(&bob, &anns.id).await;
    assert!(matches!(refused, Err(UserError::Unlisted)));
    let program = auth.bearer(&caller(), &anns.token).expect("session");
    let refused = auth.revoke_token(&program, &bobs.id).await;
    assert!(
        matches!(refused, Err(UserError::Unlisted)),
        "a program is no person"
    );
}

#[tokio::test]
async fn a_token_is_never_worth_more_than_its_user() {
    let case = Case::new();
    let (auth, ann, bob) = two(&case).await;
    case.set_clock(Some(NOW));
    let above = auth.make_token(&bob, wish(Role::Admin)).await;
    assert!(matches!(above, Err(UserError::Choice(ChoiceError::Role))));
    let made = auth
        .make_token(&bob, wish(Role::Operator))
        .await
        .expect("make");
    let open = auth.bearer(&caller(), &made.token).expect("session");
    let less = UserChange {
        role: Some(Role::Viewer),
        ..UserChange::default()
    };
    auth.change_user(&ann, "bob", less).await.expect("change");
    open.ended().await;
    let open = auth.bearer(&caller(), &made.token).expect("session");
    assert_eq!(open.role(), Role::Viewer);
    auth.remove_user("bob").await.expect("remove");
    open.ended().await;
    let gone = auth.bearer(&caller(), &made.token).err();
    assert_eq!(gone, Some(TokenError::Unknown));
}

#[tokio::test]
async fn wishes_are_checked_and_the_number_is_bounded() {
    let case = Case::new();
    let (auth, _, bob) = two(&case).await;
    case.set_clock(Some(NOW));
    for (label, days) in [("", 1), (" ", 1), ("a\nb", 1), ("x", 0), ("x", 367)] {
        let bad = TokenWish {
            label: label.to_owned(),
            role: Role::Viewer,
            days,
        };
        let refused = auth.make_token(&bob, bad).await;
        assert!(
            matches!(refused, Err(UserError::Choice(_))),
            "{label:?} {days}"
        );
    }
    for _ in 0..TOKENS {
        auth.make_token(&bob, wish(Role::Viewer))
            .await
            .expect("room");
    }
    let full = auth.make_token(&bob, wish(Role::Viewer)).await;
    assert!(matches!(full, Err(UserError::TooManyTokens)));
    case.set_clock(Some(NOW + 2 * DAY));
    auth.make_token(&bob, wish(Role::Viewer))
        .await
        .expect("those that are over make room");
    assert!(
        std::fs::metadata(case.file()).expect("file").len() < 64 * 1024,
        "far below the file's limit"
    );
}
