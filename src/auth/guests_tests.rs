//! Guest links: who may make one, what it opens, and what ends it.

use super::super::UserChange;
use super::super::tests::{Case, caller, two};
use super::*;

fn wish(role: Role) -> GuestWish {
    GuestWish {
        label: "Eve of support".to_owned(),
        role,
        minutes: 5,
    }
}

#[tokio::test]
async fn a_link_lets_in_as_what_it_says_and_ends_in_time() {
    let case = Case::new();
    let (auth, _, bob) = two(&case).await;
    let made = auth.make_guest(&bob, wish(Role::Viewer)).expect("make");
    assert_eq!(made.path, format!("/#guest={}", made.token));
    let token = auth.enter(&caller(), &made.token).expect("enter");
    let guest = auth.session(token.as_str()).expect("session");
    assert_eq!(
        (guest.user(), guest.role(), guest.kind()),
        ("Eve of support (guest)", Role::Viewer, Kind::Guest)
    );
    assert!(guest.expires_in() <= Duration::from_secs(300));
    assert!(guest.confirmed_for().is_zero());
    let listed = auth.guests();
    assert_eq!((listed[0].in_use, listed[0].by.as_str()), (1, "bob"));
    assert_eq!(auth.enter(&caller(), "00").err(), Some(GuestOver));
    lock(&auth.0.guests).0[0].expires = Instant::now();
    assert_eq!(auth.enter(&caller(), &made.token).err(), Some(GuestOver));
    assert!(auth.guests().is_empty());
}

#[tokio::test]
async fn revoking_a_link_ends_what_is_open_with_it_and_nothing_else() {
    let case = Case::new();
    let (auth, ann, bob) = two(&case).await;
    let enter = |made: &NewGuest| {
        let token = auth.enter(&caller(), &made.token).expect("enter");
        auth.session(token.as_str()).expect("session")
    };
    let anns = auth.make_guest(&ann, wish(Role::Viewer)).expect("make");
    let bobs = auth.make_guest(&bob, wish(Role::Operator)).expect("make");
    let (kept, ended) = (enter(&anns), enter(&bobs));
    let refused = auth.revoke_guest(&bob, &anns.id);
    assert!(matches!(refused, Err(UserError::Unlisted)));
    auth.revoke_guest(&ann, &bobs.id).expect("an admin may");
    ended.ended().await;
    assert_eq!(auth.enter(&caller(), &bobs.token).err(), Some(GuestOver));
    assert_eq!(auth.sessions(&kept).len(), 1);
}

#[tokio::test]
async fn nobody_invites_to_more_than_they_may() {
    let case = Case::new();
    let (auth, ann, bob) = two(&case).await;
    for asker in [&ann, &bob] {
        let above = auth.make_guest(asker, wish(Role::Admin));
        assert!(matches!(
            above,
            Err(UserError::Choice(ChoiceError::GuestRole))
        ));
    }
    for minutes in [0, 4, 10_081] {
        let bad = GuestWish {
            minutes,
            ..wish(Role::Viewer)
        };
        let refused = auth.make_guest(&ann, bad);
        assert!(matches!(
            refused,
            Err(UserError::Choice(ChoiceError::Minutes))
        ));
    }
}

#[tokio::test]
async fn the_guests_of_who_is_removed_or_made_less_go_too() {
    let case = Case::new();
    let (auth, ann, bob) = two(&case).await;
    let made = auth.make_guest(&bob, wish(Role::Operator)).expect("make");
    let token = auth.enter(&caller(), &made.token).expect("enter");
    let guest = auth.session(token.as_str()).expect("session");
    let less = UserChange {
        role: Some(Role::Viewer),
        ..UserChange::default()
    };
    auth.change_user(&ann, "bob", less).await.expect("change");
    guest.ended().await;
    assert!(auth.guests().is_empty());
}

#[tokio::test]
async fn the_number_of_links_is_bounded() {
    let case = Case::new();
    let (auth, ann, _) = two(&case).await;
    for _ in 0..LINKS {
        auth.make_guest(&ann, wish(Role::Viewer)).expect("room");
    }
    let full = auth.make_guest(&ann, wish(Role::Viewer));
    assert!(matches!(full, Err(UserError::TooManyGuests)));
}
