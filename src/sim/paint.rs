//! Draws a scene's items, and only where they changed since the last scene.
//!
//! `capture` owns one [`Painter`] for each video mode. Drawing is a function of the items alone: a
//! picture that grew by changes is the same, pixel by pixel, as one drawn at once (a test).

use super::canvas::{Area, Canvas, Color, Style};
use super::font::Size;
use super::palette;
use super::terminal::Line;
use super::yuv;

/// One thing to draw; later ones cover earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// Keeps a place in the list for something that is not there now.
    Nothing,
    Fill {
        area: Area,
        color: Color,
    },
    Round {
        area: Area,
        radius: i32,
        color: Color,
    },
    Text {
        at: (i32, i32),
        text: String,
        style: Style,
    },
    Row {
        at: (i32, i32),
        size: Size,
        cells: Line,
    },
    /// `radius` in tenths of a pixel, `strength` 0..=255.
    Ring {
        centre: (i32, i32),
        radius: u16,
        strength: u8,
        color: Color,
    },
    Arrow {
        at: (i32, i32),
        pressed: bool,
    },
    /// A slowly moving pattern without two equal neighbours.
    Waves {
        area: Area,
        phase: i32,
    },
}

/// The arrow's outline in pixels from its tip, for a pointer of 20 rows.
const ARROW: [(f32, f32); 7] = [
    (0.0, 0.0),
    (0.0, 19.0),
    (4.3, 15.2),
    (7.2, 21.6),
    (10.3, 20.2),
    (7.5, 13.9),
    (13.4, 13.4),
];
const ARROW_AREA: Area = Area {
    left: -3,
    top: -3,
    right: 18,
    bottom: 26,
};

impl Item {
    /// The pixels that it may touch.
    fn bounds(&self) -> Area {
        match self {
            Item::Nothing => Area::EMPTY,
            Item::Fill { area, .. } | Item::Round { area, .. } | Item::Waves { area, .. } => *area,
            Item::Text { at, text, style } => row_area(*at, text.chars().count(), style.size),
            Item::Row { at, size, cells } => row_area(*at, cells.len(), *size),
            Item::Ring { centre, radius, .. } => Area::around(*centre, i32::from(*radius) / 10 + 4),
            Item::Arrow { at, .. } => Area {
                left: at.0 + ARROW_AREA.left,
                top: at.1 + ARROW_AREA.top,
                right: at.0 + ARROW_AREA.right,
                bottom: at.1 + ARROW_AREA.bottom,
            },
        }
    }

    fn draw(&self, canvas: &mut Canvas) {
        match self {
            Item::Nothing => {}
            Item::Fill { area, color } => canvas.fill(*area, *color),
            Item::Round {
                area,
                radius,
                color,
            } => canvas.round(*area, *radius, *color),
            Item::Text { at, text, style } => canvas.text(*at, text, *style),
            Item::Row { at, size, cells } => draw_row(canvas, *at, *size, cells),
            Item::Ring {
                centre,
                radius,
                strength,
                color,
            } => {
                let strength = f32::from(*strength) / 255.0;
                canvas.ring(*centre, f32::from(*radius) / 10.0, *color, strength);
            }
            Item::Arrow { at, pressed } => draw_arrow(canvas, *at, *pressed),
            Item::Waves { area, phase } => canvas.shade(*area, |x, y| palette::wave(x, y, *phase)),
        }
    }
}

fn row_area(at: (i32, i32), cells: usize, size: Size) -> Area {
    let (width, height) = size.cell();
    Area::new(
        at.0,
        at.1,
        width * i32::try_from(cells).unwrap_or(0),
        height,
    )
}

fn draw_row(canvas: &mut Canvas, at: (i32, i32), size: Size, cells: &Line) {
    let (width, height) = size.cell();
    for (column, cell) in (0..).zip(cells) {
        let corner = (at.0 + column * width, at.1);
        if let Some(paper) = palette::paper(cell.ink) {
            canvas.fill(Area::new(corner.0, corner.1, width, height), paper);
        }
        let style = Style {
            size,
            weight: palette::weight(cell.ink),
            color: palette::ink(cell.ink),
        };
        canvas.character(corner, cell.character, style);
    }
}

fn draw_arrow(canvas: &mut Canvas, at: (i32, i32), pressed: bool) {
    let area = Item::Arrow { at, pressed }.bounds();
    let color = if pressed {
        palette::ACCENT
    } else {
        palette::POINTER
    };
    let distance = |x: i32, y: i32| outside_arrow((x - at.0) as f32, (y - at.1) as f32);
    let cover = |d: f32| ((0.5 - d).clamp(0.0, 1.0) * 255.0) as u8;
    canvas.blend(area, palette::POINTER_EDGE, |x, y| {
        cover(distance(x, y) - 1.3)
    });
    canvas.blend(area, color, |x, y| cover(distance(x, y)));
}

/// Distance of a point to the arrow's outline, negative inside.
fn outside_arrow(x: f32, y: f32) -> f32 {
    let mut nearest = f32::MAX;
    let mut inside = false;
    for (index, a) in ARROW.iter().enumerate() {
        let b = ARROW[(index + 1) % ARROW.len()];
        let (ex, ey) = (b.0 - a.0, b.1 - a.1);
        let (px, py) = (x - a.0, y - a.1);
        let along = ((px * ex + py * ey) / (ex * ex + ey * ey)).clamp(0.0, 1.0);
        nearest = nearest.min((px - ex * along).hypot(py - ey * along));
        // Even-odd rule: count the edges that a ray to the right crosses.
        if (a.1 > y) != (b.1 > y) && x < a.0 + ex * (y - a.1) / ey {
            inside = !inside;
        }
    }
    if inside { -nearest } else { nearest }
}

/// A canvas, the same as YUYV bytes, and what is on both.
pub(super) struct Painter {
    canvas: Canvas,
    yuyv: Vec<u8>,
    stride: usize,
    drawn: Vec<Item>,
}

impl Painter {
    pub(super) fn new(mode: (u16, u16)) -> Painter {
        let stride = usize::from(mode.0) * 2;
        Painter {
            canvas: Canvas::new(mode.0, mode.1),
            yuyv: vec![0; stride * usize::from(mode.1)],
            stride,
            drawn: Vec::new(),
        }
    }

    pub(super) fn yuyv(&self) -> &[u8] {
        &self.yuyv
    }

    /// Whether this scene is what is drawn already.
    pub(super) fn shows(&self, scene: &[Item]) -> bool {
        self.drawn == scene
    }

    /// Draws what differs from the scene drawn before; false when nothing does.
    pub(super) fn paint(&mut self, scene: Vec<Item>) -> bool {
        let damage = self.damage(&scene);
        for area in &damage {
            self.canvas.clip_to(*area);
            let seen = |item: &&Item| !item.bounds().intersect(*area).is_empty();
            scene
                .iter()
                .filter(seen)
                .for_each(|item| item.draw(&mut self.canvas));
        }
        damage.iter().for_each(|area| self.convert(*area));
        self.drawn = scene;
        !damage.is_empty()
    }

    /// The areas of items that came, went or changed, without overlaps where that is cheap to see.
    fn damage(&self, scene: &[Item]) -> Vec<Area> {
        let whole = self.canvas.whole();
        if scene.len() != self.drawn.len() {
            return vec![whole];
        }
        let changed = scene
            .iter()
            .zip(&self.drawn)
            .filter(|(new, old)| new != old);
        let mut areas: Vec<Area> = Vec::new();
        for (new, old) in changed {
            for area in [new.bounds(), old.bounds()] {
                let mut area = area.intersect(whole);
                areas.retain(|known| {
                    let apart = known.intersect(area).is_empty();
                    if !apart {
                        area = area.union(*known);
                    }
                    apart
                });
                if !area.is_empty() {
                    areas.push(area);
                }
            }
        }
        areas
    }

    fn convert(&mut self, area: Area) {
        // Two pixels share their colour, so pairs are converted whole.
        let (left, right) = (
            area.left & !1,
            ((area.right + 1) & !1).min(self.canvas.whole().right),
        );
        let at = |x: i32| usize::try_from(x).unwrap_or(0) * 2;
        for (index, y) in (area.top..area.bottom).enumerate() {
            let start = (index + at(area.top) / 2) * self.stride;
            let row = &mut self.yuyv[start + at(left)..start + at(right)];
            yuv::convert(self.canvas.row(y, left, right), row);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::font::Weight;
    use super::*;

    const MODE: (u16, u16) = (64, 48);

    fn any_item() -> impl Strategy<Value = Item> {
        let at = || (-10i32..70, -10i32..60);
        let area = || (at(), 0i32..40, 0i32..40).prop_map(|((x, y), w, h)| Area::new(x, y, w, h));
        let color = || (0u32..0x100_0000).prop_map(Color);
        prop_oneof![
            Just(Item::Nothing),
            (area(), color()).prop_map(|(area, color)| Item::Fill { area, color }),
            (area(), color()).prop_map(|(area, color)| Item::Round {
                area,
                radius: 5,
                color
            }),
            (at(), "[ -~]{0,6}", color()).prop_map(|(at, text, color)| Item::Text {
                at,
                text,
                style: Style {
                    size: Size::Small,
                    weight: Weight::Bold,
                    color
                },
            }),
            (at(), 0u16..200, any::<u8>()).prop_map(|(centre, radius, strength)| Item::Ring {
                centre,
                radius,
                strength,
                color: palette::ACCENT,
            }),
            (at(), any::<bool>()).prop_map(|(at, pressed)| Item::Arrow { at, pressed }),
        ]
    }

    fn any_scene() -> impl Strategy<Value = Vec<Item>> {
        let paper = Item::Fill {
            area: Area::new(0, 0, 64, 48),
            color: palette::PAPER,
        };
        proptest::collection::vec(any_item(), 5).prop_map(move |mut items| {
            items.insert(0, paper.clone());
            items
        })
    }

    proptest! {
        #[test]
        fn a_picture_that_grew_by_changes_is_the_picture_drawn_at_once(scenes in proptest::collection::vec(any_scene(), 1..6)) {
            let mut grown = Painter::new(MODE);
            let mut last = Vec::new();
            for scene in scenes {
                last.clone_from(&scene);
                grown.paint(scene);
            }
            let mut fresh = Painter::new(MODE);
            fresh.paint(last);
            prop_assert!(grown.yuyv == fresh.yuyv);
        }
    }

    #[test]
    fn the_same_scene_again_draws_nothing() {
        let scene = vec![Item::Fill {
            area: Area::new(0, 0, 64, 48),
            color: palette::PAPER,
        }];
        let mut painter = Painter::new(MODE);
        assert!(painter.paint(scene.clone()));
        assert!(!painter.paint(scene));
    }

    #[test]
    fn the_arrow_is_full_inside_and_absent_outside() {
        assert!(outside_arrow(3.0, 8.0) < -1.0);
        assert!(outside_arrow(12.0, 3.0) > 2.0);
    }
}
