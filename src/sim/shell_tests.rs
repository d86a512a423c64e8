use super::*;

fn enter(shell: &mut Shell, text: &str) -> Option<Action> {
    for character in text.chars() {
        shell.stroke(Stroke::Text(character), Duration::ZERO);
    }
    shell.stroke(Stroke::Text('\n'), Duration::from_secs(3725))
}

fn last_line(shell: &Shell) -> String {
    let text = shell.text();
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn echo_says_it_again() {
    let mut shell = Shell::new();
    assert_eq!(enter(&mut shell, "echo  Hello, World"), None);
    assert!(
        shell
            .text()
            .ends_with("> echo  Hello, World\nHello, World\n> ")
    );
}

#[test]
fn every_command_in_help_exists_and_completes() {
    for (usage, _) in HELP {
        let name = usage.split(' ').next().unwrap();
        assert!(NAMES.contains(&name), "{name}");
        let mut shell = Shell::new();
        enter(&mut shell, name);
        assert!(!shell.text().contains("no such command"), "{name}");
    }
    assert_eq!(
        HELP.len() + 1,
        NAMES.len(),
        "help lists every command but itself"
    );
}

#[test]
fn an_unknown_command_is_named() {
    let mut shell = Shell::new();
    enter(&mut shell, "format c:");
    assert!(shell.text().contains("format: no such command"));
}

#[test]
fn commands_ask_for_what_they_say() {
    let mut shell = Shell::new();
    assert_eq!(
        enter(&mut shell, "mode 1920x1080"),
        Some(Action::Mode((1920, 1080)))
    );
    assert_eq!(enter(&mut shell, "mode 1x1"), None);
    assert_eq!(
        enter(&mut shell, "nosignal"),
        Some(Action::NoSignal(Duration::from_secs(5)))
    );
    assert_eq!(
        enter(&mut shell, "nosignal 2"),
        Some(Action::NoSignal(Duration::from_secs(2)))
    );
    assert_eq!(enter(&mut shell, "nosignal 0"), None);
    assert_eq!(enter(&mut shell, "flicker 99999999999999999999"), None);
    assert_eq!(enter(&mut shell, "sleep"), Some(Action::Sleep));
    assert_eq!(enter(&mut shell, "poweroff"), Some(Action::PowerOff));
    assert_eq!(enter(&mut shell, "reboot"), Some(Action::Reboot));
}

#[test]
fn uptime_counts_hours_minutes_and_seconds() {
    let mut shell = Shell::new();
    enter(&mut shell, "uptime");
    assert!(shell.text().contains("up 1:02:05"));
}

#[test]
fn arrows_move_the_cursor_and_backspace_deletes_before_it() {
    let mut shell = Shell::new();
    let strokes = [
        Stroke::Text('a'),
        Stroke::Text('c'),
        Stroke::Move(Motion::Left),
        Stroke::Text('b'),
        Stroke::Move(Motion::Home),
        Stroke::Text('x'),
        Stroke::Text('\u{8}'),
        Stroke::Delete,
        Stroke::Move(Motion::End),
        Stroke::Text('d'),
    ];
    for stroke in strokes {
        shell.stroke(stroke, Duration::ZERO);
    }
    assert_eq!(last_line(&shell), "> bcd");
}

#[test]
fn arrow_up_recalls_older_lines_and_down_comes_back() {
    let mut shell = Shell::new();
    enter(&mut shell, "echo 1");
    enter(&mut shell, "echo 2");
    let mut press = |motion, expected: &str| {
        shell.stroke(Stroke::Move(motion), Duration::ZERO);
        assert_eq!(last_line(&shell), expected);
    };
    press(Motion::Up, "> echo 2");
    press(Motion::Up, "> echo 1");
    press(Motion::Up, "> echo 1");
    press(Motion::Down, "> echo 2");
    press(Motion::Down, "> ");
}

#[test]
fn tab_completes_a_unique_name_only() {
    let mut shell = Shell::new();
    shell.stroke(Stroke::Text('r'), Duration::ZERO);
    shell.stroke(Stroke::Text('\t'), Duration::ZERO);
    assert_eq!(last_line(&shell), "> reboot ");
    shell.stroke(Stroke::Control('u'), Duration::ZERO);
    shell.stroke(Stroke::Text('e'), Duration::ZERO);
    shell.stroke(Stroke::Control('u'), Duration::ZERO);
    shell.stroke(Stroke::Text('c'), Duration::ZERO);
    shell.stroke(Stroke::Text('\t'), Duration::ZERO);
    assert_eq!(last_line(&shell), "> c", "clear and colors both fit");
}

#[test]
fn control_c_abandons_the_line_and_control_l_empties_the_screen() {
    let mut shell = Shell::new();
    shell.stroke(Stroke::Text('x'), Duration::ZERO);
    shell.stroke(Stroke::Control('c'), Duration::ZERO);
    assert!(shell.text().ends_with("> x^C\n> "));
    shell.stroke(Stroke::Control('l'), Duration::ZERO);
    assert_eq!(shell.text(), "\n> ");
}

#[test]
fn an_endless_line_is_bounded() {
    let mut shell = Shell::new();
    for _ in 0..5000 {
        shell.stroke(Stroke::Text('x'), Duration::ZERO);
    }
    assert_eq!(last_line(&shell).len(), PROMPT.len() + MAX_INPUT);
}
