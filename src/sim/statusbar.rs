//! The bar at the foot of the target's screen: name, time since boot, last keys, pointer, mode,
//! lock lights. Pure; part of the scene of a running computer.

use super::canvas::{Area, Color, Style};
use super::computer::Computer;
use super::font::Weight;
use super::metrics::Metrics;
use super::mouse::TURN_TIME;
use super::paint::Item;
use super::palette;
use super::scene::running_for;

/// Adds the bar's items, always the same number.
pub(super) fn draw(computer: &Computer, metrics: &Metrics, items: &mut Vec<Item>) {
    let edge = Area {
        bottom: metrics.bar.top + 1,
        ..metrics.bar
    };
    items.push(Item::Fill {
        area: metrics.bar,
        color: palette::BAR,
    });
    items.push(Item::Fill {
        area: edge,
        color: palette::BAR_EDGE,
    });
    left(computer, metrics, items);
    middle(computer, metrics, items);
    right(computer, metrics, items);
}

fn left(computer: &Computer, metrics: &Metrics, items: &mut Vec<Item>) {
    let mut x = metrics.cell.0 * 2;
    let name: String = computer.hostname.chars().take(24).collect();
    x += put(metrics, x, name, (Weight::Bold, palette::ACCENT), items) + 2 * metrics.cell.0;
    put(
        metrics,
        x,
        running_for(computer),
        (Weight::Regular, palette::QUIET),
        items,
    );
}

/// The last combination, bright while something is held.
fn middle(computer: &Computer, metrics: &Metrics, items: &mut Vec<Item>) {
    let color = if computer.keyboard.held.is_empty() {
        palette::FAINT
    } else {
        palette::PLAIN
    };
    let text = computer.keyboard.combination.clone();
    let x = metrics.screen.right * 2 / 5 - width(metrics, &text) / 2;
    put(metrics, x, text, (Weight::Regular, color), items);
}

fn right(computer: &Computer, metrics: &Metrics, items: &mut Vec<Item>) {
    let leds = computer.leds();
    let mut x = metrics.screen.right - metrics.cell.0;
    for (name, lit) in [
        ("Scroll", leds.scroll),
        ("Num", leds.num),
        ("Caps", leds.caps),
    ] {
        x -= width(metrics, name) + metrics.cell.0 / 2;
        let color = if lit { palette::PLAIN } else { palette::FAINT };
        put(metrics, x, name.into(), (Weight::Regular, color), items);
        x -= metrics.cell.0;
        items.push(lamp(metrics, x, lit));
        x -= metrics.cell.0;
    }
    let (columns, rows) = computer.mode();
    let mode = format!("{columns}\u{d7}{rows}");
    x -= width(metrics, &mode) + 2 * metrics.cell.0;
    put(metrics, x, mode, (Weight::Regular, palette::QUIET), items);

    let mouse = &computer.mouse;
    let at = format!("{:>4},{:<4}", mouse.x, mouse.y);
    x -= width(metrics, &at) + 2 * metrics.cell.0;
    let color = if mouse.buttons() == 0 {
        palette::QUIET
    } else {
        palette::ACCENT
    };
    put(metrics, x, at, (Weight::Regular, color), items);
    items.push(wheel(computer, metrics, x));
}

fn lamp(metrics: &Metrics, x: i32, lit: bool) -> Item {
    let diameter = metrics.cell.1 / 2 - 2;
    let middle = (metrics.bar.top + metrics.bar.bottom) / 2;
    Item::Round {
        area: Area::new(
            x - diameter / 2,
            middle - diameter / 2 + 1,
            diameter,
            diameter,
        ),
        radius: diameter / 2,
        color: if lit { palette::LAMP } else { palette::GROOVE },
    }
}

/// How far the wheels turned in all, for a moment after they did.
fn wheel(computer: &Computer, metrics: &Metrics, right: i32) -> Item {
    let fresh = |at: &std::time::Duration| computer.now.saturating_sub(*at) < TURN_TIME;
    if computer.mouse.turned.as_ref().is_none_or(|at| !fresh(at)) {
        return Item::Nothing;
    }
    let (vertical, horizontal) = computer.mouse.wheel;
    let text = if horizontal == 0 {
        format!("wheel {vertical:+}")
    } else {
        format!("wheel {vertical:+} {horizontal:+}")
    };
    let x = right - width(metrics, &text) - metrics.cell.0;
    item(metrics, x, text, (Weight::Bold, palette::WARNING))
}

fn width(metrics: &Metrics, text: &str) -> i32 {
    metrics.cell.0 * i32::try_from(text.chars().count()).unwrap_or(0)
}

fn item(metrics: &Metrics, x: i32, text: String, (weight, color): (Weight, Color)) -> Item {
    let top = metrics.bar.top + 1 + (metrics.bar.bottom - metrics.bar.top - metrics.cell.1) / 2;
    Item::Text {
        at: (x, top),
        text,
        style: Style {
            size: metrics.size,
            weight,
            color,
        },
    }
}

/// Adds text and says how wide it is.
fn put(
    metrics: &Metrics,
    x: i32,
    text: String,
    look: (Weight, Color),
    items: &mut Vec<Item>,
) -> i32 {
    let wide = width(metrics, &text);
    items.push(item(metrics, x, text, look));
    wide
}
