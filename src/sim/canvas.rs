//! A framebuffer of RGB pixels with the few shapes that the virtual target is drawn with.
//!
//! `paint` draws items on it. Everything is clipped, first to the canvas, then to the clip area,
//! so no coordinate is out of range. Shapes are antialiased by their distance to the pixel.

use super::font::{Size, Weight, glyph};

/// 0xRRGGBB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Color(pub(super) u32);

/// A half-open rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Area {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Area {
    pub(super) const EMPTY: Area = Area {
        left: 0,
        top: 0,
        right: 0,
        bottom: 0,
    };

    pub(super) fn new(left: i32, top: i32, width: i32, height: i32) -> Area {
        Area {
            left,
            top,
            right: left + width,
            bottom: top + height,
        }
    }

    /// The square around a centre.
    pub(super) fn around((x, y): (i32, i32), radius: i32) -> Area {
        Area::new(x - radius, y - radius, 2 * radius, 2 * radius)
    }

    pub(super) fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    pub(super) fn intersect(self, other: Area) -> Area {
        Area {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    /// The smallest area that contains both.
    pub(super) fn union(self, other: Area) -> Area {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        Area {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

pub(super) struct Canvas {
    width: i32,
    height: i32,
    clip: Area,
    /// 0x00RRGGBB, row by row.
    pixels: Vec<u32>,
}

impl Canvas {
    pub(super) fn new(width: u16, height: u16) -> Canvas {
        let (width, height) = (i32::from(width), i32::from(height));
        Canvas {
            width,
            height,
            clip: Area::new(0, 0, width, height),
            pixels: vec![0; index(width) * index(height)],
        }
    }

    pub(super) fn whole(&self) -> Area {
        Area::new(0, 0, self.width, self.height)
    }

    /// Draws nothing outside `area` from now on.
    pub(super) fn clip_to(&mut self, area: Area) {
        self.clip = area.intersect(self.whole());
    }

    /// Pixels of row `y` from `left` to `right`, which must be on the canvas.
    pub(super) fn row(&self, y: i32, left: i32, right: i32) -> &[u32] {
        let start = index(y) * index(self.width);
        &self.pixels[start + index(left)..start + index(right)]
    }

    fn row_mut(&mut self, y: i32, left: i32, right: i32) -> &mut [u32] {
        let start = index(y) * index(self.width);
        &mut self.pixels[start + index(left)..start + index(right)]
    }

    pub(super) fn fill(&mut self, area: Area, color: Color) {
        let area = area.intersect(self.clip);
        if area.is_empty() {
            return;
        }
        for y in area.top..area.bottom {
            self.row_mut(y, area.left, area.right).fill(color.0);
        }
    }

    /// Colours each pixel of `area` with what `color` says of its coordinates.
    pub(super) fn shade(&mut self, area: Area, color: impl Fn(i32, i32) -> Color) {
        let area = area.intersect(self.clip);
        if area.is_empty() {
            return;
        }
        for y in area.top..area.bottom {
            let row = self.row_mut(y, area.left, area.right);
            for (x, pixel) in (area.left..).zip(row) {
                *pixel = color(x, y).0;
            }
        }
    }

    /// Blends `color` into `area`, as much as `coverage` (0..=255) says for each pixel.
    pub(super) fn blend(&mut self, area: Area, color: Color, coverage: impl Fn(i32, i32) -> u8) {
        let area = area.intersect(self.clip);
        if area.is_empty() {
            return;
        }
        for y in area.top..area.bottom {
            let row = self.row_mut(y, area.left, area.right);
            for (x, pixel) in (area.left..).zip(row) {
                *pixel = mix(*pixel, color.0, coverage(x, y));
            }
        }
    }

    /// One character with its cell's top left corner at `at`; the paper stays as it is.
    pub(super) fn character(&mut self, at: (i32, i32), character: char, style: Style) {
        let (width, height) = style.size.cell();
        let pixels = glyph(character, style.size, style.weight);
        let cell = Area::new(at.0, at.1, width, height);
        self.blend(cell, style.color, |x, y| {
            let offset = (y - at.1) * width + (x - at.0);
            pixels.get(index(offset)).copied().unwrap_or(0)
        });
    }

    pub(super) fn text(&mut self, at: (i32, i32), text: &str, style: Style) {
        let advance = style.size.cell().0;
        for (column, character) in (0..).zip(text.chars()) {
            self.character((at.0 + column * advance, at.1), character, style);
        }
    }

    /// A rectangle with round corners.
    pub(super) fn round(&mut self, area: Area, radius: i32, color: Color) {
        let half = (
            (area.right - area.left) as f32 / 2.0,
            (area.bottom - area.top) as f32 / 2.0,
        );
        let centre = (area.left as f32 + half.0, area.top as f32 + half.1);
        let radius = radius as f32;
        self.blend(area, color, |x, y| {
            let dx = ((x as f32 + 0.5 - centre.0).abs() - half.0 + radius).max(0.0);
            let dy = ((y as f32 + 0.5 - centre.1).abs() - half.1 + radius).max(0.0);
            covered(dx.hypot(dy) - radius, 1.0)
        });
    }

    /// A circle's line, `strength` (0.0..=1.0) opaque.
    pub(super) fn ring(&mut self, centre: (i32, i32), radius: f32, color: Color, strength: f32) {
        let line = 1.5;
        let area = Area::around(centre, (radius + line) as i32 + 2);
        self.blend(area, color, |x, y| {
            let distance = ((x - centre.0) as f32).hypot((y - centre.1) as f32);
            covered((distance - radius).abs() - line, strength)
        });
    }
}

/// How text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Style {
    pub(super) size: Size,
    pub(super) weight: Weight,
    pub(super) color: Color,
}

/// Coverage of a pixel whose centre is `distance` pixels outside a shape's edge.
fn covered(distance: f32, strength: f32) -> u8 {
    ((0.5 - distance).clamp(0.0, 1.0) * strength.clamp(0.0, 1.0) * 255.0) as u8
}

fn mix(under: u32, over: u32, coverage: u8) -> u32 {
    match coverage {
        0 => under,
        255 => over,
        _ => {
            let weight = u32::from(coverage);
            let channel = |shift: u32| {
                let (low, high) = (under >> shift & 0xFF, over >> shift & 0xFF);
                ((low * (255 - weight) + high * weight + 127) / 255) << shift
            };
            channel(16) | channel(8) | channel(0)
        }
    }
}

/// A coordinate that clipping has made non-negative.
fn index(coordinate: i32) -> usize {
    usize::try_from(coordinate).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Color = Color(0xFF_0000);

    #[test]
    fn nothing_is_drawn_outside_the_clip_area() {
        let mut canvas = Canvas::new(40, 40);
        canvas.clip_to(Area::new(10, 10, 5, 5));
        let style = Style {
            size: Size::Text,
            weight: Weight::Bold,
            color: RED,
        };
        canvas.fill(Area::new(-5, -5, 100, 100), RED);
        canvas.round(Area::new(-50, -50, 200, 200), 8, RED);
        canvas.ring((12, 12), 30.0, RED, 1.0);
        canvas.text((-3, 3), "MMMMMMMMMM", style);
        let lit = canvas.pixels.iter().filter(|p| **p != 0).count();
        assert_eq!(lit, 25);
    }

    #[test]
    fn areas_far_outside_are_harmless() {
        let mut canvas = Canvas::new(8, 8);
        canvas.fill(Area::new(1000, -1000, 5, 5), RED);
        canvas.ring((-500, 900), 4.0, RED, 1.0);
        assert!(canvas.pixels.iter().all(|p| *p == 0));
    }

    #[test]
    fn round_corners_are_cut_and_the_middle_is_full() {
        let mut canvas = Canvas::new(20, 20);
        canvas.round(canvas.whole(), 8, RED);
        assert_eq!(canvas.row(0, 0, 1), [0]);
        assert_eq!(canvas.row(10, 10, 11), [RED.0]);
    }
}
