//! How sessions begin, last and end.

use super::super::secret::Token;
use super::*;

fn opening(user: &str, kind: Kind) -> Opening {
    Opening {
        user: user.to_owned(),
        role: Role::Operator,
        kind,
        by: (kind != Kind::Password).then(|| "1".to_owned()),
        device: "Firefox on Linux".to_owned(),
        address: IpAddr::from([192, 0, 2, 1]),
        lifetime: LIMIT,
    }
}

fn add(sessions: &mut Sessions, opening: Opening, now: Instant) -> Token {
    let token = Token::random().expect("randomness");
    let id = super::super::secret::public_id().expect("randomness");
    sessions.start(token.key(), id, opening, now);
    token
}

fn one(now: Instant) -> (Sessions, Token) {
    let mut sessions = Sessions::default();
    let token = add(&mut sessions, opening("ann", Kind::Password), now);
    (sessions, token)
}

/// A session of this user and role.
fn open(sessions: &mut Sessions, user: &str, role: Role, now: Instant) -> Session {
    let opening = Opening {
        role,
        ..opening(user, Kind::Password)
    };
    let token = add(sessions, opening, now);
    sessions.find(token.key(), now).expect("session")
}

#[test]
fn a_token_finds_its_user() {
    let now = Instant::now();
    let (mut sessions, token) = one(now);
    let session = sessions.find(token.key(), now).expect("session");
    assert_eq!((session.user(), session.role()), ("ann", Role::Operator));
    let other = Token::random().expect("randomness");
    assert!(sessions.find(other.key(), now).is_none());
}

#[test]
fn an_unused_session_ends_and_a_used_one_goes_on() {
    let start = Instant::now();
    let (mut sessions, token) = one(start);
    let almost = start + IDLE_LIMIT - Duration::from_secs(1);
    let session = sessions.find(token.key(), almost).expect("in time");
    sessions.touch(&session, almost + IDLE_LIMIT / 2);
    assert!(sessions.find(token.key(), almost + IDLE_LIMIT).is_some());
    let late = almost + 2 * IDLE_LIMIT;
    assert!(sessions.find(token.key(), late).is_none());
}

#[test]
fn use_does_not_prolong_a_session_beyond_its_limit() {
    let start = Instant::now();
    let (mut sessions, token) = one(start);
    let mut now = start;
    while now + IDLE_LIMIT / 2 < start + LIMIT {
        now += IDLE_LIMIT / 2;
        assert!(sessions.find(token.key(), now).is_some());
    }
    assert!(sessions.find(token.key(), start + LIMIT).is_none());
}

#[tokio::test]
async fn logging_out_ends_every_socket_of_the_session() {
    let now = Instant::now();
    let (mut sessions, token) = one(now);
    let socket = sessions.find(token.key(), now).expect("session");
    let request = sessions.find(token.key(), now).expect("session");
    sessions.end(&request);
    socket.ended().await;
    assert!(sessions.find(token.key(), now).is_none());
}

#[tokio::test]
async fn a_socket_ends_when_its_session_is_too_old() {
    let now = Instant::now();
    let (mut sessions, token) = one(now);
    let mut socket = sessions.find(token.key(), now).expect("session");
    assert_eq!(socket.expires, now + LIMIT);
    socket.expires = now;
    socket.ended().await;
}

#[test]
fn the_number_of_sessions_is_bounded() {
    let start = Instant::now();
    let mut sessions = Sessions::default();
    let at = |n: usize| start + Duration::from_millis(n as u64);
    let tokens: Vec<_> = (0..=SESSIONS)
        .map(|n| {
            let opening = opening(&format!("user{n}"), Kind::Password);
            add(&mut sessions, opening, at(n))
        })
        .collect();
    let now = at(SESSIONS + 1);
    assert_eq!(sessions.0.len(), SESSIONS);
    assert!(
        sessions.find(tokens[0].key(), now).is_none(),
        "the least recently used"
    );
    assert!(sessions.find(tokens[1].key(), now).is_some());
}

#[test]
fn whoever_opens_many_sessions_ends_only_their_own() {
    let start = Instant::now();
    let (mut sessions, ann) = one(start);
    for n in 0..=SESSIONS_EACH as u64 {
        let later = start + Duration::from_secs(n + 1);
        add(&mut sessions, opening("guest", Kind::Guest), later);
    }
    let now = start + Duration::from_secs(60);
    assert_eq!(sessions.0.len(), SESSIONS_EACH + 1);
    assert!(sessions.find(ann.key(), now).is_some());
}

#[test]
fn a_login_counts_as_confirmed_for_ten_minutes_and_a_token_never() {
    let now = Instant::now();
    let (mut sessions, token) = one(now);
    let session = sessions.find(token.key(), now).expect("session");
    assert_eq!(session.confirmed_until, Some(now + CONFIRMED));
    let program = add(&mut sessions, opening("ann", Kind::Token), now);
    let program = sessions.find(program.key(), now).expect("session");
    assert_eq!(program.confirmed_for(), Duration::ZERO);
    let later = now + CONFIRMED * 2;
    sessions.confirm(&session, later);
    let again = sessions.find(token.key(), later).expect("session");
    assert_eq!(again.confirmed_until, Some(later + CONFIRMED));
}

#[test]
fn a_user_sees_and_ends_their_own_sessions_an_admin_everybodys() {
    let now = Instant::now();
    let mut sessions = Sessions::default();
    let ann = open(&mut sessions, "ann", Role::Admin, now);
    let bob = open(&mut sessions, "bob", Role::Viewer, now);
    let guest = add(&mut sessions, opening("a guest", Kind::Guest), now);
    let guest = sessions.find(guest.key(), now).expect("session");
    assert_eq!(sessions.list(&ann, now).len(), 3);
    for own in [&bob, &guest] {
        let seen = sessions.list(own, now);
        assert_eq!(seen.len(), 1);
        assert!(seen[0].current && seen[0].id == own.about.id);
        assert_eq!(sessions.revoke(own, &ann.about.id), None);
    }
    assert_eq!(sessions.revoke(&ann, "nothing"), None);
    let ended = sessions.revoke(&ann, &bob.about.id);
    assert_eq!(ended.as_deref(), Some("bob"));
    assert_eq!(sessions.list(&ann, now).len(), 2);
}

#[test]
fn a_programs_token_ends_no_session_of_its_user() {
    let now = Instant::now();
    let mut sessions = Sessions::default();
    let ann = open(&mut sessions, "ann", Role::Operator, now);
    let program = add(&mut sessions, opening("ann", Kind::Token), now);
    let program = sessions.find(program.key(), now).expect("session");
    assert_eq!(sessions.revoke(&program, &ann.about.id), None);
    assert_eq!(
        sessions.revoke(&ann, &program.about.id).as_deref(),
        Some("ann")
    );
}

#[test]
fn what_a_token_or_link_opened_ends_with_it() {
    let now = Instant::now();
    let (mut sessions, ann) = one(now);
    let guest = add(&mut sessions, opening("a guest", Kind::Guest), now);
    assert_eq!(sessions.count_by(Kind::Guest, "1", now), 1);
    sessions.end_by(Kind::Token, "1");
    sessions.end_by(Kind::Guest, "2");
    assert!(sessions.find(guest.key(), now).is_some());
    sessions.end_by(Kind::Guest, "1");
    assert!(sessions.find(guest.key(), now).is_none());
    assert!(sessions.find(ann.key(), now).is_some());
}
