import { describe, expect, test } from "vitest";
import { Button } from "../protocol/control.ts";
import { buttonEdges, isInside, MOVE_INTERVAL_MS, Moves, pan, pictureBox, toTarget } from "./pointer.ts";

const element = { left: 100, top: 50, width: 1000, height: 800 };

describe("the picture in its element", () => {
  test("a wide picture has bars above and below", () => {
    const box = pictureBox(element, { width: 1920, height: 1080 }, "fit");
    expect(box.left).toBeCloseTo(100);
    expect(box.top).toBeCloseTo(168.75);
    expect(box.width).toBeCloseTo(1000);
    expect(box.height).toBeCloseTo(562.5);
  });

  test("a tall picture has bars left and right", () => {
    expect(pictureBox(element, { width: 400, height: 800 }, "fit")).toEqual({ left: 400, top: 50, width: 400, height: 800 });
  });

  test("stretched, it has none", () => {
    expect(pictureBox(element, { width: 400, height: 800 }, "fill")).toEqual(element);
  });

  test("before the first frame the element stands for the picture", () => {
    expect(pictureBox(element, { width: 0, height: 0 }, "fit")).toEqual(element);
  });
});

describe("places on the target", () => {
  const box = pictureBox(element, { width: 1920, height: 1080 }, "fit");

  test.each([
    [{ x: 100, y: 168.75 }, { x: 0, y: 0 }],
    [{ x: 1100, y: 731.25 }, { x: 32767, y: 32767 }],
    [{ x: 600, y: 450 }, { x: 16384, y: 16384 }],
  ])("%j is %j", (point, place) => {
    expect(toTarget(point, box)).toEqual(place);
  });

  test("a point in the letterbox is the picture's nearest edge", () => {
    expect(toTarget({ x: 600, y: 60 }, box)).toEqual({ x: 16384, y: 0 });
    expect(isInside({ x: 600, y: 60 }, box)).toBe(false);
    expect(isInside({ x: 600, y: 200 }, box)).toBe(true);
  });

  test("an element without a size maps to the corner, not to NaN", () => {
    expect(toTarget({ x: 5, y: 5 }, { left: 0, top: 0, width: 0, height: 0 })).toEqual({ x: 0, y: 0 });
  });
});

describe("a picture larger than its element", () => {
  test.each([
    [0, 0],
    [40, 0],
    [500, 100],
    [960, 200],
    [1000, 200],
  ])("with the pointer at %d of 1000 is scrolled by %d of 200", (offset, scrolled) => {
    expect(pan(offset, 1000, 200)).toBe(scrolled);
  });

  test("one that fits is not scrolled", () => {
    expect(pan(900, 1000, 0)).toBe(0);
  });
});

describe("buttons", () => {
  test("a second button pressed while the first is held is an edge of its own", () => {
    expect(buttonEdges(1, 3)).toEqual([{ type: "button", button: Button.Right, down: true }]);
  });

  test("every button has the wire's number", () => {
    expect(buttonEdges(0, 0b11111).map((event) => event.type === "button" && event.button)).toEqual([0, 1, 2, 3, 4]);
  });

  test("releasing all at once releases each", () => {
    expect(buttonEdges(0b101, 0)).toEqual([
      { type: "button", button: Button.Left, down: false },
      { type: "button", button: Button.Middle, down: false },
    ]);
  });
});

describe("moves", () => {
  test("the first goes out at once, the next within the interval wait for it", () => {
    const moves = new Moves();
    expect(moves.to({ x: 1, y: 1 }, 1000)).toEqual([{ type: "moveTo", x: 1, y: 1 }]);
    expect(moves.to({ x: 2, y: 2 }, 1002)).toEqual([]);
    expect(moves.to({ x: 3, y: 3 }, 1004)).toEqual([]);
    expect(moves.deadline).toBe(1000 + MOVE_INTERVAL_MS);
    expect(moves.flush(1008)).toEqual([{ type: "moveTo", x: 3, y: 3 }]);
    expect(moves.deadline).toBeNull();
  });

  test("a 1000 Hz mouse is sent at 125 Hz and ends where it stands", () => {
    const moves = new Moves();
    const sent = Array.from({ length: 1000 }, (_, time) => moves.to({ x: time, y: 0 }, time)).flat();
    sent.push(...moves.flush(1000));
    expect(sent).toHaveLength(126);
    expect(sent.at(-1)).toEqual({ type: "moveTo", x: 999, y: 0 });
  });

  test("the same place is not sent twice, unless the target may have lost it", () => {
    const moves = new Moves();
    moves.to({ x: 1, y: 1 }, 0);
    expect(moves.to({ x: 1, y: 1 }, 100)).toEqual([]);
    moves.forget();
    expect(moves.to({ x: 1, y: 1 }, 200)).toHaveLength(1);
  });

  test("relative moves add up, fractions included", () => {
    const moves = new Moves();
    moves.by(0, 0, 0);
    const sent = Array.from({ length: 400 }, (_, time) => moves.by(0.25, -0.5, time)).flat();
    sent.push(...moves.flush(400));
    const sum = sent.reduce((sum, event) => (event.type === "moveBy" ? [sum[0]! + event.dx, sum[1]! + event.dy] : sum), [0, 0]);
    expect(sum).toEqual([100, -200]);
  });

  test("less than a pixel is nothing to send yet", () => {
    const moves = new Moves();
    expect(moves.by(0.4, 0, 0)).toEqual([]);
    expect(moves.deadline).toBeNull();
    expect(moves.by(0.7, 0, 50)).toEqual([{ type: "moveBy", dx: 1, dy: 0 }]);
  });
});
