use super::*;
use crate::hid::Port;
use crate::sim::computer::SPLASH_TIME;
use crate::sim::input::Input;

fn running() -> Computer {
    let mut computer = Computer::new("test", (1280, 720));
    computer.step(SPLASH_TIME, Input::Time).unwrap();
    computer
}

fn report(computer: &mut Computer, port: Port, bytes: &[u8]) {
    let input = Input::Report(port, bytes);
    computer.step(computer.now, input).unwrap();
}

fn holds(computer: &Computer, condition: &str) -> bool {
    Condition::parse(condition).unwrap().holds(computer)
}

#[test]
fn facts_tell_what_reports_did() {
    let mut computer = running();
    report(&mut computer, Port::Keyboard, &[2, 0, 0x0B, 0, 0, 0, 0, 0]);
    report(
        &mut computer,
        Port::Absolute,
        &[5, 0xFF, 0x7F, 0, 0, 0xFF, 1],
    );
    assert_eq!(tell(&computer, Fact::Typed)["typed"], "H");
    assert_eq!(tell(&computer, Fact::Keys)["keys"], json!([0x0B, 0xE1]));
    let pointer = tell(&computer, Fact::Pointer);
    assert_eq!((&pointer["x"], &pointer["y"]), (&json!(1279), &json!(0)));
    assert_eq!(pointer["buttons"], json!(["left", "middle"]));
    assert_eq!(pointer["wheel"], json!({ "vertical": -1, "horizontal": 1 }));
    assert_eq!(tell(&computer, Fact::Leds)["leds"]["num"], true);
    assert_eq!(tell(&computer, Fact::Mode)["width"], 1280);
    assert_eq!(
        tell(&computer, Fact::Power),
        json!({ "ok": true, "power": "running", "usb": "configured",
            "functions": ["keyboard", "absolute", "relative", "controls"], "signal": "live" })
    );
    assert_eq!(tell(&computer, Fact::Reports)["reports"], 2);
    assert_eq!(tell(&computer, Fact::Media)["media"], Value::Null);
    report(&mut computer, Port::Controls, &[1, 0xE9, 0, 0, 0, 0, 0]);
    assert_eq!(tell(&computer, Fact::Media)["media"], "Volume up");
    let screen = tell(&computer, Fact::Screen);
    let rows = screen["screen"].as_array().unwrap();
    assert!(rows.contains(&json!("> H ")), "{rows:?}");
}

#[test]
fn conditions_hold_when_they_should() {
    let mut computer = running();
    for condition in [
        "typed x",
        "keys 4",
        "buttons left",
        "pointer 0 0",
        "wheel 1 0",
        "leds caps on",
        "mode 640x480",
        "power asleep",
        "usb suspended",
        "signal none",
        "media Mute",
        "screen > x",
    ] {
        assert!(!holds(&computer, condition), "{condition}");
    }
    for condition in [
        "keys none",
        "buttons none",
        "pointer 640 360",
        "wheel 0 0",
        "leds num on",
        "leds caps off",
        "mode 1280x720",
        "power running",
        "usb configured",
        "signal live",
        "screen virtual target",
    ] {
        assert!(holds(&computer, condition), "{condition}");
    }
    report(&mut computer, Port::Keyboard, &[0, 0, 0x1B, 0, 0, 0, 0, 0]);
    report(&mut computer, Port::Keyboard, &[0, 0, 0x28, 0, 0, 0, 0, 0]);
    assert!(holds(&computer, r#"typed "x\n""#));
    assert!(holds(&computer, "keys 40"));
}

#[test]
fn levers_are_understood() {
    let pulled = |line| match Question::parse(line) {
        Ok(Question::Pull(lever)) => lever,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(pulled("signal live"), Lever::Signal(None));
    assert_eq!(
        pulled("signal no_sync"),
        Lever::Signal(Some(NoPicture::NoSync))
    );
    assert_eq!(
        pulled("usb disconnected"),
        Lever::Usb(Some(UsbLink::Disconnected))
    );
    assert_eq!(pulled("mode 800x600"), Lever::Mode((800, 600)));
    assert_eq!(pulled(" busy  on "), Lever::Busy(Busy::All));
    assert_eq!(pulled("edid fixed"), Lever::Bridge(false));
    assert_eq!(pulled("busy absolute"), Lever::Busy(Busy::Absolute));
    assert_eq!(pulled("reboot\r"), Lever::Reboot);
}

#[test]
fn a_wait_has_a_time_limit_and_a_condition() {
    let question = Question::parse("wait 2.5 typed Hello World");
    let condition = Condition::Typed("Hello World".into());
    assert_eq!(
        question,
        Ok(Question::Wait(Duration::from_millis(2500), condition))
    );
    for line in [
        "wait",
        "wait x typed",
        "wait -1 typed a",
        "wait nan typed a",
        "wait 1e9 typed a",
    ] {
        assert_eq!(Question::parse(line), Err(QuestionError::Seconds), "{line}");
    }
}

#[test]
fn what_is_not_a_question_is_refused_with_a_reason() {
    for line in [
        "",
        "hello",
        "typed now",
        "reboot now",
        "signal",
        "wait 1",
        "wait 1 reboot",
        "\u{0}",
        "\u{fffd}\u{fffd}",
    ] {
        assert_eq!(
            Question::parse(line),
            Err(QuestionError::Unknown),
            "{line:?}"
        );
    }
    for line in [
        "signal maybe",
        "usb no_gadget",
        "mode 1x1",
        "mode 1281x720",
        "mode 9000x9000",
        "mode x",
        "busy",
        "busy perhaps",
        "wait 1 keys 4,256",
        "wait 1 buttons top",
        "wait 1 pointer 1",
        "wait 1 leds kana on",
        "wait 1 power up",
        r#"wait 1 typed "open"#,
    ] {
        assert!(Question::parse(line).is_err(), "{line}");
    }
}

proptest::proptest! {
    #[test]
    fn no_line_panics(line in "\\PC{0,80}", word in "(wait 1 )?(typed|keys|buttons|pointer|mode|leds|busy) \\PC{0,20}") {
        let _ = Question::parse(&line);
        let _ = Question::parse(&word);
    }
}
