import { expect, test } from "vitest";
import { Wheel, type WheelInput } from "./wheel.ts";

function turn(wheel: Wheel, input: Partial<WheelInput>) {
  return wheel.turn({ deltaX: 0, deltaY: 0, deltaMode: 0, shift: false, timeMs: 0, ...input });
}

test.each([
  [100, 0],
  [120, 0],
  [-100, 0],
  [3, 1],
  [1, 2],
])("one click of delta %d in mode %d is one detent towards the right side", (deltaY, deltaMode) => {
  expect(turn(new Wheel(), { deltaY, deltaMode })).toEqual([{ type: "wheel", vertical: -Math.sign(deltaY), horizontal: 0 }]);
});

test("ten clicks of 120 pixels are ten detents, not twelve", () => {
  const wheel = new Wheel();
  const sum = Array.from({ length: 10 }, (_, i) => turn(wheel, { deltaY: -120, timeMs: i * 50 }))
    .flat()
    .reduce((sum, event) => sum + (event.type === "wheel" ? event.vertical : 0), 0);
  expect(sum).toBe(10);
});

test("a touchpad's small distances add up to detents", () => {
  const wheel = new Wheel();
  const events = Array.from({ length: 50 }, (_, i) => turn(wheel, { deltaY: 4, timeMs: i * 10 })).flat();
  expect(events).toEqual([
    { type: "wheel", vertical: -1, horizontal: 0 },
    { type: "wheel", vertical: -1, horizontal: 0 },
  ]);
});

test("turning back starts anew instead of eating the first distance", () => {
  const wheel = new Wheel();
  turn(wheel, { deltaY: 70 });
  expect(turn(wheel, { deltaY: -60 })).toEqual([]);
  expect(turn(wheel, { deltaY: -60 })).toEqual([{ type: "wheel", vertical: 1, horizontal: 0 }]);
});

test("what is left of a detent is forgotten after a pause", () => {
  const wheel = new Wheel();
  turn(wheel, { deltaY: 70 });
  expect(turn(wheel, { deltaY: 70, timeMs: 1000 })).toEqual([]);
});

test("sideways is horizontal, positive to the right", () => {
  expect(turn(new Wheel(), { deltaX: 100 })).toEqual([{ type: "wheel", vertical: 0, horizontal: 1 }]);
});

test("with Shift held a wheel that the browser turned sideways is vertical again", () => {
  expect(turn(new Wheel(), { deltaX: 100, shift: true })).toEqual([{ type: "wheel", vertical: -1, horizontal: 0 }]);
});

test("a fling stays within what the wire can carry", () => {
  expect(turn(new Wheel(), { deltaY: -1e6 })).toEqual([{ type: "wheel", vertical: 127, horizontal: 0 }]);
});

test("at half the speed two clicks are one detent, at double the speed one click is two", () => {
  const half = new Wheel();
  const slow = { vertical: 0.5, horizontal: 0.5 };
  const click = { deltaX: 0, deltaY: 100, deltaMode: 0, shift: false, timeMs: 0 };
  expect(half.turn(click, slow)).toEqual([]);
  expect(half.turn(click, slow)).toEqual([{ type: "wheel", vertical: -1, horizontal: 0 }]);
  expect(new Wheel().turn(click, { vertical: 2, horizontal: 1 })).toEqual([{ type: "wheel", vertical: -2, horizontal: 0 }]);
});

test("each direction is turned round by itself", () => {
  const both = { deltaX: 100, deltaY: 100, deltaMode: 0, shift: false, timeMs: 0 };
  expect(new Wheel().turn(both, { vertical: -1, horizontal: 1 })).toEqual([{ type: "wheel", vertical: 1, horizontal: 1 }]);
  expect(new Wheel().turn(both, { vertical: 1, horizontal: -1 })).toEqual([{ type: "wheel", vertical: -1, horizontal: -1 }]);
});
