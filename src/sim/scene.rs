//! What the target shows: its state as a list of items to draw. Pure; `capture` asks for a scene
//! whenever a frame is due and paints it.
//!
//! In one stage and mode a scene always has the same number of items, so that `paint` can compare
//! two scenes item by item.

use std::time::Duration;

use super::canvas::{Area, Color, Style};
use super::computer::{Computer, NOTE_TIME, POST_TIME, SPLASH_TIME, Stage};
use super::font::{Size, Weight};
use super::metrics::Metrics;
use super::mouse::{MAX_RIPPLES, RIPPLE_TIME, TURN_TIME};
use super::paint::Item;
use super::shell::clock;
use super::{palette, statusbar};

/// Half a period of the blinking cursor.
const BLINK: Duration = Duration::from_millis(530);
/// How long one picture of an animation stays.
const ANIMATION: Duration = Duration::from_millis(33);

/// The picture at the computer's own time.
pub(super) fn scene(computer: &Computer) -> Vec<Item> {
    let metrics = Metrics::of(computer.mode());
    let mut items = vec![background(computer, &metrics)];
    match computer.stage {
        Stage::Post => post(computer, &metrics, &mut items),
        Stage::Splash => splash(computer, &metrics, &mut items),
        Stage::Running => running(computer, &metrics, &mut items),
        Stage::Off | Stage::Asleep => {}
    }
    items
}

/// When the picture changes next without any input.
pub(super) fn next_change(computer: &Computer) -> Duration {
    let now = computer.now;
    let since = |start: Duration| now.saturating_sub(start);
    let starting = matches!(computer.stage, Stage::Post | Stage::Splash);
    let rippling = computer
        .mouse
        .ripples
        .iter()
        .any(|ripple| since(ripple.since) < RIPPLE_TIME);
    if starting || rippling || computer.flicker_until.is_some() {
        return now + ANIMATION;
    }
    let next_multiple = |from: Duration, unit: Duration| {
        let passed = since(from).as_millis() / unit.as_millis() + 1;
        from + unit * u32::try_from(passed).unwrap_or(u32::MAX)
    };
    let blink = next_multiple(computer.stroke_at, BLINK);
    let second = next_multiple(computer.stage_since, Duration::from_secs(1));
    let turned = computer
        .mouse
        .turned
        .map(|at| at + TURN_TIME)
        .filter(|end| *end > now);
    let note = computer
        .note
        .as_ref()
        .map(|(_, at)| *at + NOTE_TIME)
        .filter(|end| *end > now);
    [Some(blink), Some(second), turned, note]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(blink)
}

fn background(computer: &Computer, metrics: &Metrics) -> Item {
    let area = metrics.screen;
    if computer.flicker_until.is_some() && computer.stage == Stage::Running {
        let phase = computer.now.as_millis() / ANIMATION.as_millis();
        return Item::Waves {
            area,
            phase: i32::try_from(phase % 4096).unwrap_or(0),
        };
    }
    let color = if computer.stage == Stage::Post {
        Color(0)
    } else {
        palette::PAPER
    };
    Item::Fill { area, color }
}

/// How far a stage that takes `whole` has come, 0..=255.
fn progress(computer: &Computer, whole: Duration) -> i32 {
    let passed = computer.now.saturating_sub(computer.stage_since).min(whole);
    i32::try_from(passed.as_millis() * 255 / whole.as_millis()).unwrap_or(255)
}

fn post(computer: &Computer, metrics: &Metrics, items: &mut Vec<Item>) {
    let passed = progress(computer, POST_TIME);
    let memory = 65_536 * passed.min(128) / 128;
    let lines = [
        (
            0,
            "Farseat BIOS 1.0 for imaginary computers".to_owned(),
            palette::PLAIN,
        ),
        (0, String::new(), palette::PLAIN),
        (0, format!("Memory test: {memory:>5}K"), palette::QUIET),
        (130, "Video: 640x480, one dongle".to_owned(), palette::QUIET),
        (
            170,
            "USB: waiting for keyboard and mouse".to_owned(),
            palette::QUIET,
        ),
        (215, "Starting ...".to_owned(), palette::PLAIN),
    ];
    for (row, (from, text, color)) in (0..).zip(lines) {
        let at = (metrics.text.left, metrics.text.top + row * metrics.line);
        let style = Style {
            size: metrics.size,
            weight: Weight::Regular,
            color,
        };
        let shown = passed >= from;
        items.push(if shown {
            Item::Text { at, text, style }
        } else {
            Item::Nothing
        });
    }
}

fn splash(computer: &Computer, metrics: &Metrics, items: &mut Vec<Item>) {
    let passed = progress(computer, SPLASH_TIME);
    let middle = metrics.screen.bottom / 2;
    let title = Style {
        size: Size::Title,
        weight: Weight::Bold,
        color: palette::PLAIN,
    };
    let quiet = Style {
        size: metrics.size,
        weight: Weight::Regular,
        color: palette::QUIET,
    };
    let faint = Style {
        color: palette::FAINT,
        ..quiet
    };
    items.push(centred(metrics, middle - 90, &computer.hostname, title));
    items.push(centred(
        metrics,
        middle - 44,
        "a computer that only Farseat can see",
        quiet,
    ));
    let groove = Area::new(metrics.screen.right / 2 - 160, middle + 10, 320, 6);
    let filled = Area {
        right: groove.left + 6 + 314 * passed / 255,
        ..groove
    };
    items.push(Item::Round {
        area: groove,
        radius: 3,
        color: palette::GROOVE,
    });
    items.push(Item::Round {
        area: filled,
        radius: 3,
        color: palette::ACCENT,
    });
    let doing = match passed {
        0..90 => "checking memory",
        90..180 => "looking for a keyboard and a mouse",
        _ => "starting the prompt",
    };
    items.push(centred(metrics, middle + 34, doing, quiet));
    let foot = metrics.screen.bottom - metrics.cell.1 * 2;
    items.push(centred(
        metrics,
        foot,
        &computer.keyboard.combination,
        faint,
    ));
}

fn centred(metrics: &Metrics, top: i32, text: &str, style: Style) -> Item {
    let width = style.size.cell().0 * i32::try_from(text.chars().count()).unwrap_or(0);
    Item::Text {
        at: ((metrics.screen.right - width) / 2, top),
        text: text.to_owned(),
        style,
    }
}

fn running(computer: &Computer, metrics: &Metrics, items: &mut Vec<Item>) {
    prompt(computer, metrics, items);
    statusbar::draw(computer, metrics, items);
    note(computer, metrics, items);
    pointer(computer, items);
}

fn prompt(computer: &Computer, metrics: &Metrics, items: &mut Vec<Item>) {
    let view = computer.shell.view(metrics.columns, metrics.rows);
    let corner = |column: usize, row: usize| {
        let along = |n: usize, unit: i32| i32::try_from(n).unwrap_or(0) * unit;
        let left = metrics.text.left + along(column, metrics.cell.0);
        (left, metrics.text.top + along(row, metrics.line))
    };
    let mut rows = view.rows.into_iter();
    let under = view
        .cursor
        .and_then(|(column, row)| rows.as_slice().get(row)?.get(column).copied());
    for row in 0..metrics.rows {
        items.push(rows.next().map_or(Item::Nothing, |cells| Item::Row {
            at: corner(0, row),
            size: metrics.size,
            cells,
        }));
    }
    let still = computer.now.saturating_sub(computer.stroke_at);
    let lit = (still.as_millis() / BLINK.as_millis()).is_multiple_of(2);
    let block = view
        .cursor
        .filter(|_| lit)
        .map(|(column, row)| corner(column, row));
    items.push(block.map_or(Item::Nothing, |(left, top)| Item::Fill {
        area: Area::new(left, top + 1, metrics.cell.0, metrics.cell.1 - 1),
        color: palette::ACCENT,
    }));
    items.push(match (block, under) {
        (Some(at), Some(cell)) => Item::Text {
            at,
            text: cell.character.to_string(),
            style: Style {
                size: metrics.size,
                weight: Weight::Bold,
                color: palette::PAPER,
            },
        },
        _ => Item::Nothing,
    });
    items.push(scroll_mark(view.scrolled, metrics));
}

/// Says that the text is scrolled back.
fn scroll_mark(scrolled: usize, metrics: &Metrics) -> Item {
    if scrolled == 0 {
        return Item::Nothing;
    }
    let text = format!("{scrolled} rows below");
    let width = metrics.cell.0 * i32::try_from(text.len()).unwrap_or(0);
    let at = (
        metrics.text.right - width,
        metrics.text.bottom - metrics.cell.1,
    );
    let style = Style {
        size: metrics.size,
        weight: Weight::Bold,
        color: palette::WARNING,
    };
    Item::Text { at, text, style }
}

/// A label over the middle of the screen for media and power keys.
fn note(computer: &Computer, metrics: &Metrics, items: &mut Vec<Item>) {
    let fresh = |at: Duration| computer.now.saturating_sub(at) < NOTE_TIME;
    let Some((text, _)) = computer.note.as_ref().filter(|(_, at)| fresh(*at)) else {
        items.extend([Item::Nothing, Item::Nothing]);
        return;
    };
    let style = Style {
        size: Size::Large,
        weight: Weight::Bold,
        color: palette::PLAIN,
    };
    let (cell_width, cell_height) = style.size.cell();
    let width = cell_width * i32::try_from(text.chars().count()).unwrap_or(0) + 56;
    let top = metrics.bar.top - 3 * cell_height;
    let area = Area::new(
        (metrics.screen.right - width) / 2,
        top,
        width,
        cell_height + 24,
    );
    items.push(Item::Round {
        area,
        radius: 12,
        color: palette::GROOVE,
    });
    items.push(centred(metrics, top + 12, text, style));
}

fn pointer(computer: &Computer, items: &mut Vec<Item>) {
    let mouse = &computer.mouse;
    for index in 0..MAX_RIPPLES {
        let age = |since: Duration| computer.now.saturating_sub(since);
        let ripple = mouse
            .ripples
            .get(index)
            .filter(|ripple| age(ripple.since) < RIPPLE_TIME);
        items.push(ripple.map_or(Item::Nothing, |ripple| {
            let part = age(ripple.since).as_millis() * 255 / RIPPLE_TIME.as_millis();
            let part = u16::try_from(part.min(255)).unwrap_or(255);
            Item::Ring {
                centre: (ripple.x, ripple.y),
                radius: 40 + part,
                strength: u8::try_from(255 - part).unwrap_or(0),
                color: palette::ACCENT,
            }
        }));
    }
    let held = mouse.buttons();
    items.push(Item::Arrow {
        at: (mouse.x, mouse.y),
        pressed: held != 0,
    });
    let names: String = (0..)
        .zip("LRMBF".chars())
        .filter(|(bit, _)| held & (1 << bit) != 0)
        .map(|(_, n)| n)
        .collect();
    let style = Style {
        size: Size::Small,
        weight: Weight::Bold,
        color: palette::ACCENT,
    };
    items.push(match names.is_empty() {
        true => Item::Nothing,
        false => Item::Text {
            at: (mouse.x + 16, mouse.y + 16),
            text: names,
            style,
        },
    });
}

/// `up 0:01:23`, for the status bar.
pub(super) fn running_for(computer: &Computer) -> String {
    format!("up {}", clock(computer.uptime()))
}

#[cfg(test)]
#[path = "scene_tests.rs"]
mod tests;
