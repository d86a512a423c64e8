import { describe, expect, test } from "vitest";
import { toTarget } from "./pointer.ts";
import { type Frame, follow, isCropped, kept, letGo, MOST, pinch, reveal, shown, WHOLE, type Zoom } from "./zoom.ts";

/** A picture as wide as its frame, with borders above and below. */
const FIT: Frame = { width: 800, height: 1000, picture: { left: 0, top: 275, width: 800, height: 450 } };
/** One that is as large as its frame. */
const FULL: Frame = { width: 400, height: 200, picture: { left: 0, top: 0, width: 400, height: 200 } };
/** One pixel each, too large and too small for its frame. */
const LARGE: Frame = { width: 400, height: 300, picture: { left: 0, top: 0, width: 1920, height: 1080 } };
const SMALL: Frame = { width: 400, height: 300, picture: { left: 100, top: 75, width: 200, height: 150 } };

describe("a pinch", () => {
  test("keeps under the fingers what they hold", () => {
    const from = { x: 100, y: 50 };
    const to = { x: 120, y: 60 };
    const zoom = pinch(WHOLE, FULL, from, to, 2);
    expect(toTarget(to, shown(zoom, FULL.picture))).toEqual(toTarget(from, FULL.picture));
  });

  test("goes from the whole picture to the largest, no further", () => {
    const about = { x: 10, y: 10 };
    expect(pinch(WHOLE, FULL, about, about, 0.3)).toBe(WHOLE);
    expect(pinch(WHOLE, FULL, about, about, 1000).scale).toBe(MOST);
  });

  test("back and forth ends where it began", () => {
    const about = { x: 200, y: 100 };
    let zoom: Zoom = WHOLE;
    for (const factor of [1.5, 2, 0.5, 2 / 3]) zoom = pinch(zoom, FULL, about, about, factor);
    expect(zoom.scale).toBeCloseTo(1);
    expect(zoom.x).toBeCloseTo(0);
    expect(zoom.y).toBeCloseTo(0);
  });

  test("that moves alone moves the picture, as far as there is more of it", () => {
    const zoom = pinch(WHOLE, FULL, { x: 200, y: 100 }, { x: 200, y: 100 }, 2);
    expect(pinch(zoom, FULL, { x: 0, y: 0 }, { x: 30, y: -20 }, 1)).toEqual({ scale: 2, x: -170, y: -120 });
    const far = pinch(zoom, FULL, { x: 0, y: 0 }, { x: 900, y: -900 }, 1);
    expect(shown(far, FULL.picture)).toEqual({ left: 0, top: -200, width: 800, height: 400 });
  });
});

describe("the picture never leaves its frame", () => {
  test.each([FIT, FULL, LARGE, SMALL])("%j", (frame) => {
    for (const scale of [1, 1.3, 2.5, MOST]) {
      for (const offset of [-1e6, -500, 0, 500, 1e6]) {
        const { left, top, width, height } = shown(kept({ scale, x: offset, y: -offset }, frame), frame.picture);
        for (const [start, length, room] of [[left, width, frame.width], [top, height, frame.height]] as const) {
          if (length > room) {
            expect(start).toBeLessThanOrEqual(0.001);
            expect(start + length).toBeGreaterThanOrEqual(room - 0.001);
          } else expect(start + length / 2).toBeCloseTo(room / 2);
        }
      }
    }
  });

  test("a frame without room, or a picture without size, is no trouble", () => {
    const nothing: Frame = { width: 0, height: 0, picture: { left: 0, top: 0, width: 0, height: 0 } };
    const about = { x: 0, y: 0 };
    expect(kept(WHOLE, nothing)).toBe(WHOLE);
    for (const value of Object.values(pinch(WHOLE, nothing, about, about, 3))) expect(Number.isFinite(value)).toBe(true);
  });
});

test("fingers that let go near the whole picture get the whole picture", () => {
  expect(letGo({ scale: 1.09, x: -20, y: -5 }, FULL)).toBe(WHOLE);
  expect(letGo({ scale: 1.5, x: -20, y: -5 }, FULL)).toEqual({ scale: 1.5, x: -20, y: -5 });
});

test("a part is out of sight when the picture is longer than its frame, by more than the layout's fractions", () => {
  expect([FIT, FULL, LARGE, SMALL].map((frame) => isCropped(WHOLE, frame))).toEqual([false, false, true, false]);
  expect(isCropped(WHOLE, { ...FULL, width: 399.8 })).toBe(false);
  expect(isCropped({ scale: 1.5, x: 0, y: 0 }, SMALL)).toBe(false);
  expect(isCropped({ scale: 1.5, x: 0, y: 0 }, FIT)).toBe(true);
});

test("the mouse reaches every corner of a picture larger than its frame", () => {
  expect(shown(follow(WHOLE, LARGE, { x: 0, y: 0 }), LARGE.picture)).toMatchObject({ left: 0, top: 0 });
  expect(shown(follow(WHOLE, LARGE, { x: 399, y: 299 }), LARGE.picture)).toMatchObject({ left: -1520, top: -780 });
  expect(shown(follow({ scale: 2, x: 0, y: 0 }, FIT, { x: 799, y: 10 }), FIT.picture)).toMatchObject({ left: -800, top: 50 });
});

test("a pointer that leaves the frame is followed, one in sight is not", () => {
  const zoom: Zoom = { scale: 2, x: -200, y: -100 };
  expect(reveal(zoom, FULL, { x: 200, y: 100 })).toEqual(zoom);
  expect(reveal(zoom, FULL, { x: 420, y: 100 })).toEqual({ ...zoom, x: -252 });
  expect(reveal(zoom, FULL, { x: -20, y: 190 })).toEqual({ ...zoom, x: -148, y: -122 });
});
