use super::super::message::tests::{HARDWARE, answer};
use super::*;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn course() -> Course {
    Course::new(HardwareAddress(HARDWARE), "rack", 7)
}

/// What it says now; it must say something.
fn said(course: &mut Course, now: Duration) -> Vec<u8> {
    match course.step(now) {
        Step::Send { message, .. } => message,
        Step::Wait(until) => panic!("silent until {until:?}"),
    }
}

fn has_option(message: &[u8], option: &[u8]) -> bool {
    message.windows(option.len()).any(|part| part == option)
}

/// A course that was given a lease of one hour at this time.
fn bound(at: Duration) -> Course {
    let mut course = course();
    let question = said(&mut course, at);
    course.received(&answer(&question, 2, &[]), at);
    let question = said(&mut course, at);
    course.received(&answer(&question, 5, &[]), at);
    assert!(course.lease().is_some());
    course
}

#[test]
fn two_questions_and_two_answers_make_a_lease() {
    let mut course = bound(s(1));
    let lease = course.lease().expect("a lease");
    assert_eq!(lease.address, Ipv4Addr::new(10, 0, 2, 15));
    assert_eq!(course.step(s(2)), Step::Wait(s(1801)));
    assert_eq!(course.lease_ends(), Some(s(3601)));
}

#[test]
fn without_an_answer_it_asks_again_and_less_often() {
    let mut course = course();
    let mut now = s(0);
    let mut waits = Vec::new();
    for _ in 0..12 {
        said(&mut course, now);
        let Step::Wait(until) = course.step(now) else {
            panic!("one question at a time")
        };
        waits.push((until - now).as_millis());
        now = until;
    }
    assert!(waits[0] >= 1000 && waits[0] < 1300, "{waits:?}");
    assert!(waits[11] >= 32_000 && waits[11] < 40_000, "{waits:?}");
}

#[test]
fn a_lease_is_renewed_at_its_server_and_then_anywhere() {
    let mut course = bound(s(0));
    let server = Some(Ipv4Addr::new(10, 0, 2, 2));
    assert!(matches!(course.step(s(1800)), Step::Send { to, .. } if to == server));
    assert_eq!(course.step(s(1800)), Step::Wait(s(1860)));
    let Step::Send { message, to: None } = course.step(s(3200)) else {
        panic!("to everybody")
    };
    course.received(&answer(&message, 5, &[]), s(3201));
    assert_eq!(course.step(s(3201)), Step::Wait(s(3200 + 1800)));
}

#[test]
fn a_lease_that_ran_out_is_given_up() {
    let mut course = bound(s(0));
    let question = said(&mut course, s(3600));
    assert_eq!(course.lease(), None);
    assert!(has_option(&question, &[53, 1, 1]), "it asks anew at once");
}

#[test]
fn a_refusal_ends_the_lease_but_not_in_a_tight_loop() {
    let mut course = bound(s(0));
    let question = said(&mut course, s(1800));
    course.received(&answer(&question, 6, &[]), s(1801));
    assert_eq!(course.lease(), None);
    assert_eq!(course.step(s(1801)), Step::Wait(s(1802)));
}

#[test]
fn an_acknowledgement_that_nobody_asked_for_prolongs_nothing() {
    let mut course = course();
    let question = said(&mut course, s(0));
    course.received(&answer(&question, 2, &[]), s(0));
    let question = said(&mut course, s(0));
    course.received(&answer(&question, 5, &[]), s(0));
    course.received(&answer(&question, 5, &[]), s(900));
    assert_eq!(course.step(s(900)), Step::Wait(s(1800)));
}

#[test]
fn an_offer_that_is_never_acknowledged_is_given_up() {
    let mut course = course();
    let question = said(&mut course, s(0));
    course.received(&answer(&question, 2, &[]), s(0));
    let first = course.conversation.id;
    for minute in 0..=u64::from(REQUESTS) {
        course.step(s(60 * minute));
    }
    assert_ne!(course.conversation.id, first, "a new conversation");
}

#[test]
fn an_answer_to_an_old_conversation_is_ignored() {
    let mut course = course();
    let question = said(&mut course, s(0));
    course.begin(s(1));
    course.received(&answer(&question, 2, &[]), s(1));
    assert!(matches!(course.state, State::Selecting));
}

#[test]
fn after_a_link_flap_the_same_address_is_asked_for_and_kept() {
    let mut course = bound(s(0));
    course.link_up(s(100));
    assert!(course.lease().is_some(), "in use meanwhile");
    let question = said(&mut course, s(100));
    assert!(has_option(&question, &[50, 4, 10, 0, 2, 15]));
    assert!(!has_option(&question, &[54, 4]), "to whoever knows it");
    course.received(&answer(&question, 5, &[]), s(100));
    assert_eq!(course.step(s(101)), Step::Wait(s(1900)));
}

#[test]
fn on_another_network_the_old_address_is_refused_and_given_up() {
    let mut course = bound(s(0));
    course.link_up(s(100));
    let question = said(&mut course, s(100));
    course.received(&answer(&question, 6, &[]), s(100));
    assert_eq!(course.lease(), None);
}

#[test]
fn without_anybody_to_ask_the_address_is_kept_until_it_runs_out() {
    let mut course = bound(s(0));
    course.link_up(s(100));
    let mut now = s(100);
    while now < s(3600) {
        assert!(course.lease().is_some(), "{now:?}");
        if let Step::Wait(until) = course.step(now) {
            now = until.max(now);
        }
    }
    course.step(s(3600));
    assert_eq!(course.lease(), None);
}

#[test]
fn a_new_offer_after_a_flap_takes_the_place_of_the_old_lease() {
    let mut course = bound(s(0));
    course.link_up(s(100));
    let mut now = s(100);
    // Nobody knows the old address; then somebody offers one.
    let discover = loop {
        match course.step(now) {
            Step::Wait(until) => now = until.max(now),
            Step::Send { message, .. } if has_option(&message, &[53, 1, 1]) => break message,
            Step::Send { .. } => {}
        }
    };
    let given = |question: &[u8], kind| {
        let mut answer = answer(question, kind, &[]);
        answer[19] = 77;
        answer
    };
    course.received(&given(&discover, 2), now);
    let request = said(&mut course, now);
    course.received(&given(&request, 5), now);
    let lease = course.lease().expect("a lease");
    assert_eq!(lease.address, Ipv4Addr::new(10, 0, 2, 77));
}

#[test]
fn a_new_name_is_told_to_the_server_at_once() {
    let mut course = bound(s(0));
    course.rename("attic", s(10));
    let question = said(&mut course, s(10));
    assert!(has_option(&question, b"\x0c\x05attic"));
    course.received(&answer(&question, 5, &[]), s(10));
    course.rename("attic", s(11));
    assert_eq!(course.step(s(11)), Step::Wait(s(1810)));
}

#[test]
fn no_sequence_of_answers_stops_it_from_speaking_or_makes_it_shout() {
    use proptest::prelude::*;
    proptest!(|(kinds in proptest::collection::vec((0..8_u8, 0..5_u64, any::<bool>()), 0..60))| {
        let mut course = course();
        let mut now = s(0);
        let mut question = course.conversation.discover();
        let mut said = 0_u64;
        for (kind, wait, flap) in kinds {
            if flap {
                course.link_up(now);
            }
            for _ in 0..10 {
                match course.step(now) {
                    Step::Send { message, .. } => {
                        said += 1;
                        question = message;
                    }
                    Step::Wait(until) if until > now => break,
                    Step::Wait(_) => {}
                }
            }
            prop_assert!(matches!(course.step(now), Step::Wait(until) if until > now));
            course.received(&answer(&question, kind, &[]), now);
            now += s(wait);
        }
        prop_assert!(said <= 60 * 3);
    });
}
