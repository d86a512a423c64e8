import { beforeEach, expect, test } from "vitest";
import { chord, stroke, tap } from "../input/keyboard.ts";
import type { ControlEvent } from "../protocol/control.ts";
import { MOST_STEPS, type Step } from "./macro.ts";
import { PAUSE_MS, Recorder } from "./recorder.ts";

let nowMs: number;
let recorder: Recorder;

beforeEach(() => {
  nowMs = 0;
  recorder = new Recorder(() => nowMs, () => undefined);
});

function send(events: readonly ControlEvent[]): void {
  for (const event of events) recorder.sent(1, event);
}
const text = (steps: readonly Step[]) => steps.map((step) => (step.do === "wait" ? `wait ${step.ms}` : `${step.do} ${step.key}`)).join(", ");

test("a key that goes down and up is pressed, and one held over others is held", () => {
  send([...chord("ControlLeft", "KeyC"), ...tap("KeyA")]);
  expect(text(recorder.finish())).toBe("down ControlLeft, press KeyC, up ControlLeft, press KeyA");
});

test("a long pause is one, a short one is not", () => {
  send(tap("KeyA"));
  nowMs += PAUSE_MS - 1;
  send(tap("KeyB"));
  nowMs += 1234;
  send(tap("KeyC"));
  expect(text(recorder.finish())).toBe("press KeyA, press KeyB, wait 1230, press KeyC");
});

test("a key that is kept down is down for as long", () => {
  send(stroke("KeyX", true));
  nowMs += 2000;
  send(stroke("KeyX", false));
  expect(text(recorder.finish())).toBe("down KeyX, wait 2000, up KeyX");
});

test("what is still down at the end is let go, and what was down before the beginning is not in it", () => {
  send([...stroke("ShiftRight", false), ...stroke("AltLeft", true), ...tap("Tab")]);
  expect(text(recorder.finish())).toBe("down AltLeft, press Tab, up AltLeft");
});

test("when everything is released, so it is here", () => {
  send([...stroke("KeyA", true), { type: "releaseAll" }, ...tap("KeyB")]);
  expect(text(recorder.finish())).toBe("press KeyA, press KeyB");
});

test("the mouse is not recorded, and there is an end", () => {
  send([{ type: "moveTo", x: 1, y: 1 }]);
  expect(recorder.steps).toEqual([]);
  send(stroke("AltLeft", true));
  for (let count = 0; count < 2 * MOST_STEPS; count += 1) send(tap("Tab"));
  expect(recorder.full).toBe(true);
  expect(recorder.finish().length).toBeLessThanOrEqual(MOST_STEPS);
});
