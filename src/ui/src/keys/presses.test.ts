import { beforeEach, describe, expect, test } from "vitest";
import type { ControlEvent } from "../protocol/control.ts";
import { stroke } from "../input/keyboard.ts";
import { CODES, usageOf } from "../input/usages.ts";
import { LONG_MS, Presses } from "./presses.ts";

let presses: Presses;
let nowMs: number;

beforeEach(() => {
  presses = new Presses();
  nowMs = 0;
});

/** `+KeyA -KeyA` */
function told(events: readonly ControlEvent[]): string {
  const code = (id: number) => CODES.find((code) => usageOf(code)?.id === id);
  return events.map((event) => (event.type === "key" ? `${event.down ? "+" : "-"}${code(event.usage.id)}` : event.type)).join(" ");
}
const down = (code: string, finger = 1) => told(presses.down(code, finger, nowMs));
const up = (finger = 1) => told(presses.up(finger, nowMs));
const tap = (code: string) => [down(code), up()].filter(Boolean).join(" ");

describe("a key", () => {
  test("is down for as long as the finger is on it", () => {
    expect(down("KeyA")).toBe("+KeyA");
    expect(presses.holding).toBe(true);
    nowMs = 10_000;
    expect(up()).toBe("-KeyA");
    expect(presses.holding).toBe(false);
  });

  test("is pressed once, however many fingers are on it", () => {
    expect(down("KeyA", 1)).toBe("+KeyA");
    expect(down("KeyA", 2)).toBe("");
    expect(up(2)).toBe("");
    expect(up(1)).toBe("-KeyA");
  });

  test("goes up when its finger comes down elsewhere without a word of its end", () => {
    down("KeyA");
    expect(down("KeyB")).toBe("-KeyA +KeyB");
  });
});

describe("a modifier", () => {
  test("tapped once is down for the next key and goes up after it", () => {
    expect(tap("ShiftLeft")).toBe("+ShiftLeft");
    expect(presses.grip("ShiftLeft")).toBe("once");
    expect(tap("KeyA")).toBe("+KeyA -KeyA -ShiftLeft");
    expect(presses.grip("ShiftLeft")).toBe("off");
  });

  test("tapped twice stays down for every key, and a third tap lets it go", () => {
    tap("AltRight");
    expect(tap("AltRight")).toBe("");
    expect(presses.grip("AltRight")).toBe("locked");
    expect(tap("KeyQ") + tap("KeyE")).toBe("+KeyQ -KeyQ+KeyE -KeyE");
    expect(tap("AltRight")).toBe("-AltRight");
    expect(presses.holding).toBe(false);
  });

  test("of several each is let go after the key", () => {
    tap("ControlLeft");
    tap("AltLeft");
    expect(tap("Delete")).toBe("+Delete -Delete -ControlLeft -AltLeft");
  });

  test("that a finger stays on while another presses keys is an ordinary one", () => {
    down("ShiftLeft", 1);
    expect(told([...presses.down("KeyA", 2, 0), ...presses.up(2, 0), ...presses.down("KeyB", 2, 0), ...presses.up(2, 0)])).toBe("+KeyA -KeyA +KeyB -KeyB");
    expect(up(1)).toBe("-ShiftLeft");
  });

  test("for the next key is for one of a real keyboard, or for a click, too", () => {
    const elsewhere = (events: readonly ControlEvent[]) => told(events.flatMap((event) => [...presses.elsewhere(event)]));
    tap("ShiftLeft");
    expect(elsewhere([...stroke("ControlRight", true), ...stroke("ControlRight", false), ...stroke("KeyA", true)])).toBe("");
    expect(elsewhere(stroke("KeyA", false))).toBe("-ShiftLeft");
    tap("ControlLeft");
    expect(elsewhere([{ type: "button", button: 0, down: true }])).toBe("");
    expect(elsewhere([{ type: "button", button: 0, down: false }])).toBe("-ControlLeft");
    tap("AltLeft");
    tap("AltLeft");
    expect(elsewhere(stroke("Tab", false))).toBe("");
  });

  test("that is down already stays so under a finger, and goes with it", () => {
    tap("ShiftLeft");
    expect(down("ShiftLeft", 1)).toBe("");
    expect(told([...presses.down("KeyA", 2, 0), ...presses.up(2, 0)])).toBe("+KeyA -KeyA");
    expect(up(1)).toBe("-ShiftLeft");
  });

  test("held for long is let go with the finger", () => {
    down("MetaLeft");
    nowMs = LONG_MS;
    expect(up()).toBe("-MetaLeft");
  });
});

test("all of it goes up at once, each key one time", () => {
  tap("ShiftLeft");
  tap("ShiftLeft");
  tap("ControlLeft");
  down("ControlLeft", 3);
  down("KeyA", 4);
  expect(told(presses.release()).split(" ").sort()).toEqual(["-ControlLeft", "-KeyA", "-ShiftLeft"]);
  expect(presses.holding).toBe(false);
  expect(up(4)).toBe("");
});
