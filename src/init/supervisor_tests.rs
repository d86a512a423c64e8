use super::*;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn starting(pid: Pid, since: Duration) -> Supervisor {
    let mut supervisor = Supervisor::new();
    supervisor.started(pid, since);
    supervisor
}

#[test]
fn serve_is_started_at_once() {
    assert_eq!(Supervisor::new().step(ms(0)), Step::Start);
}

#[test]
fn a_crash_is_a_restart_within_half_a_second() {
    let mut supervisor = Supervisor::new();
    let mut now = ms(0);
    for pid in 10..40 {
        supervisor.started(pid, now);
        assert!(supervisor.exited(pid, now), "the end of serve is noticed");
        let Step::Wait(Some(until)) = supervisor.step(now) else {
            panic!("it waits a moment")
        };
        assert!(
            until > now && until <= now + ms(200),
            "{until:?} after {now:?}"
        );
        now = until;
        assert_eq!(supervisor.step(now), Step::Start);
    }
}

#[test]
fn repeated_crashes_wait_longer_until_a_good_run() {
    let mut supervisor = starting(10, ms(0));
    supervisor.exited(10, ms(10));
    supervisor.started(11, ms(60));
    supervisor.exited(11, ms(70));
    assert_eq!(supervisor.step(ms(70)), Step::Wait(Some(ms(170))));
    supervisor.started(12, ms(170));
    supervisor.exited(12, ms(5170));
    assert_eq!(supervisor.step(ms(5170)), Step::Wait(Some(ms(5220))));
}

#[test]
fn an_orphan_changes_nothing() {
    let mut supervisor = starting(10, ms(0));
    assert!(!supervisor.exited(77, ms(1)));
    assert_eq!(supervisor.step(ms(1)), Step::Wait(Some(START_LIMIT)));
}

#[test]
fn a_start_that_never_answers_is_killed_and_tried_again() {
    let mut supervisor = starting(10, s(1));
    assert_eq!(supervisor.step(s(30)), Step::Wait(Some(s(31))));
    assert_eq!(supervisor.step(s(31)), Step::Kill(10));
    assert_eq!(
        supervisor.step(s(32)),
        Step::Wait(None),
        "it is killed once"
    );
    assert!(supervisor.exited(10, s(32)));
    assert_eq!(supervisor.step(s(33)), Step::Start);
}

#[test]
fn a_serve_that_hangs_is_killed_before_the_watchdog_bites() {
    let mut supervisor = starting(10, s(0));
    assert!(supervisor.pulse(s(3)), "the first one is news");
    assert!(!supervisor.pulse(s(200)));
    assert!(supervisor.is_well(s(209)));
    assert_eq!(supervisor.step(s(209)), Step::Wait(Some(s(210))));
    assert_eq!(supervisor.step(s(210)), Step::Kill(10));
    assert!(!supervisor.is_well(s(210)), "a kill that fails is a reset");
    assert!(supervisor.exited(10, s(211)));
    assert!(supervisor.is_well(s(212)), "the next one has its time");
}

#[test]
fn the_grace_ends_with_the_first_pulse() {
    let mut supervisor = starting(10, s(0));
    assert!(supervisor.is_well(s(80)));
    supervisor.pulse(s(1));
    assert!(supervisor.is_well(s(10)));
    assert!(!supervisor.is_well(s(11)), "who answered goes on answering");
}

#[test]
fn a_serve_that_never_answers_is_not_well_for_ever() {
    let mut supervisor = Supervisor::new();
    let mut now = s(0);
    for pid in 10..1000 {
        supervisor.started(pid, now);
        supervisor.exited(pid, now + ms(20));
        now += ms(420);
    }
    assert!(now > GRACE && !supervisor.is_well(now));
}

#[test]
fn crashes_alone_never_reset_the_machine() {
    let mut supervisor = Supervisor::new();
    for minute in 0..1000 {
        supervisor.started(10, s(60 * minute));
        supervisor.pulse(s(60 * minute + 3));
        supervisor.exited(10, s(60 * minute + 4));
        assert!(supervisor.is_well(s(60 * minute + 59)));
    }
}

#[test]
fn a_late_pulse_of_a_killed_process_changes_nothing() {
    let mut supervisor = starting(10, s(0));
    assert_eq!(supervisor.step(START_LIMIT), Step::Kill(10));
    assert!(!supervisor.pulse(START_LIMIT));
    assert_eq!(supervisor.step(START_LIMIT), Step::Wait(None));
}

#[test]
fn stopping_waits_for_the_end_of_serve() {
    let mut supervisor = starting(10, ms(0));
    supervisor.pulse(ms(50));
    assert_eq!(supervisor.stop(ms(100)), Some(10));
    assert_eq!(supervisor.stop(ms(101)), None, "it is asked once");
    assert_eq!(supervisor.step(ms(101)), Step::Wait(Some(ms(5100))));
    assert!(!supervisor.exited(10, ms(200)), "it was asked for");
    assert_eq!(supervisor.step(ms(200)), Step::Done);
}

#[test]
fn a_serve_that_does_not_stop_is_killed_once() {
    let mut supervisor = starting(10, ms(0));
    supervisor.stop(ms(0));
    assert_eq!(supervisor.step(ms(5000)), Step::Kill(10));
    assert_eq!(supervisor.step(ms(5001)), Step::Wait(None));
    supervisor.exited(10, ms(5002));
    assert_eq!(supervisor.step(ms(5002)), Step::Done);
}

#[test]
fn stopping_while_nothing_runs_is_done() {
    let mut supervisor = Supervisor::new();
    assert_eq!(supervisor.stop(ms(0)), None);
    assert_eq!(supervisor.step(ms(0)), Step::Done);
}
