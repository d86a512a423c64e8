//! The jiggler's decisions, and what the target gets of them.

use super::super::tests::{Target, plugged_in};
use super::*;
use crate::hid::event::{Event, Usage};
use crate::settings::Hours;
use crate::target::PortError;

const MINUTE: Duration = Duration::from_secs(60);
const A_DOWN: Event = Event::Key {
    usage: Usage::Key(4),
    down: true,
};

fn on() -> JigglerSettings {
    JigglerSettings {
        on: true,
        ..JigglerSettings::default()
    }
}

fn jiggled(wish: JigglerSettings) -> (Console, Target, watch::Sender<Settings>) {
    let (console, target) = plugged_in(None);
    let settings = watch::Sender::new(Settings {
        jiggler: wish,
        ..Settings::default()
    });
    console.obey(settings.subscribe(), WallClock::new(|| None));
    (console, target, settings)
}

async fn shown(console: &Console, wanted: Jiggler) {
    let mut state = console.state();
    let seen = state.wait_for(|state| state.jiggler == wanted).await;
    assert!(seen.is_ok());
}

/// The next movement of the relative mouse.
async fn movement(target: &mut Target) -> (i8, i8) {
    loop {
        let report = target.report(Port::Relative).await;
        let by = (report[1].cast_signed(), report[2].cast_signed());
        if by != (0, 0) {
            return by;
        }
    }
}

#[test]
fn it_is_off_unless_somebody_wants_it() {
    let wish = JigglerSettings::default();
    let plan = plan(&wish, Some(0), UsbLink::Configured, MINUTE * 60);
    assert_eq!((plan, plan.shown()), (Plan::Nothing, Jiggler::Off));
}

#[test]
fn it_waits_until_nobody_has_used_the_target_for_its_interval() {
    let after = |quiet| plan(&on(), None, UsbLink::Configured, quiet);
    assert_eq!(after(MINUTE / 4), Plan::Wait(MINUTE * 3 / 4));
    assert_eq!(after(MINUTE), Plan::Move);
}

#[test]
fn it_rests_outside_its_hours_and_while_the_target_sleeps_or_is_away() {
    let night = JigglerSettings {
        hours: Hours::parse("22:00-23:00").expect("hours"),
        ..on()
    };
    for clock in [Some(0), None] {
        assert_eq!(plan(&night, clock, UsbLink::Configured, MINUTE), Plan::Rest);
    }
    for link in [UsbLink::Suspended, UsbLink::Disconnected, UsbLink::NoGadget] {
        assert_eq!(plan(&on(), None, link, MINUTE), Plan::Rest, "{link:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_moves_there_and_back_again_and_the_next_time_the_other_way_round() {
    let start = tokio::time::Instant::now();
    let (_console, mut target, _settings) = jiggled(on());
    let mut course = Vec::new();
    for _ in 0..4 {
        course.push(movement(&mut target).await);
    }
    assert_eq!(course, [(1, 0), (-1, 0), (-1, 0), (1, 0)]);
    assert!(start.elapsed() >= MINUTE * 2, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_held_keeps_it_still_until_a_minute_after_its_release() {
    let (console, mut target, _settings) = jiggled(on());
    let mut seat = console.join("ann");
    seat.handle(A_DOWN);
    for _ in 0..400 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        seat.handle(Event::Heartbeat);
    }
    let released = tokio::time::Instant::now();
    seat.handle(Event::ReleaseAll);
    assert_eq!(movement(&mut target).await, (1, 0));
    assert!(released.elapsed() >= MINUTE, "{:?}", released.elapsed());
}

#[tokio::test(start_paused = true)]
async fn everybody_sees_whether_it_is_on() {
    let (console, target, settings) = jiggled(on());
    shown(&console, Jiggler::On).await;
    target.link.send_replace(UsbLink::Suspended);
    shown(&console, Jiggler::Resting).await;
    settings.send_modify(|settings| settings.jiggler.on = false);
    shown(&console, Jiggler::Off).await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_does_not_listen_is_no_endless_loop() {
    let (console, target, _settings) = jiggled(on());
    let _ = target.answer.send_replace(Err(PortError::Shutdown));
    shown(&console, Jiggler::On).await;
    tokio::time::sleep(MINUTE * 10).await;
}

#[tokio::test]
async fn a_place_on_the_picture_is_one_on_the_targets_screen() {
    let (console, mut target, settings) = jiggled(JigglerSettings::default());
    let mut seat = console.join("ann");
    settings.send_modify(|settings| settings.mouse.scale_x = 500);
    // The task hears of it in its own time.
    loop {
        seat.handle(Event::MoveTo { x: 0x4000, y: 7 });
        seat.handle(Event::MoveTo { x: 0x6000, y: 7 });
        let report = target.report(Port::Absolute).await;
        if u16::from_le_bytes([report[1], report[2]]) > 0x7000 {
            return;
        }
        tokio::task::yield_now().await;
    }
}
