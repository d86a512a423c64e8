import { beforeEach, describe, expect, test } from "vitest";
import type { ControlEvent } from "../protocol/control.ts";
import { chord, Keyboard, type KeyInput, LEADER, LEADER_HOLD_MS, PHANTOM_MS, type Platform, platformOf } from "./keyboard.ts";
import { CODES, usageOf } from "./usages.ts";

/** "+KeyA" = down, "-KeyA" = up. */
function written(events: readonly ControlEvent[]): string[] {
  return events.map((event) => {
    if (event.type !== "key") return event.type;
    const code = CODES.find((code) => usageOf(code) === event.usage);
    return `${event.down ? "+" : "-"}${code}`;
  });
}

const KEY_VALUES: Record<string, string> = {
  ShiftLeft: "Shift", ShiftRight: "Shift", ControlLeft: "Control", ControlRight: "Control",
  AltLeft: "Alt", AltRight: "Alt", MetaLeft: "Meta", MetaRight: "Meta",
};

/** A browser that reports keys and modifier flags the way real ones do. */
class Browser {
  readonly machine: Keyboard;
  timeMs = 1000;
  readonly #down = new Set<string>();

  constructor(platform: Platform) {
    this.machine = new Keyboard(platform);
  }

  input(code: string, overrides: Partial<KeyInput> = {}): KeyInput {
    const has = (value: string) => [...this.#down].some((code) => KEY_VALUES[code] === value);
    return {
      code, key: KEY_VALUES[code] ?? "x", repeat: false, timeMs: this.timeMs,
      shift: has("Shift"), control: has("Control"), alt: has("Alt"), meta: has("Meta"), ...overrides,
    };
  }

  down(code: string, overrides: Partial<KeyInput> = {}): string[] {
    this.#down.add(code);
    return written(this.machine.down(this.input(code, overrides)).events);
  }

  up(code: string, overrides: Partial<KeyInput> = {}): string[] {
    this.#down.delete(code);
    return written(this.machine.up(this.input(code, overrides)).events);
  }

  /** The key goes up, but the page never hears of it. */
  loseUp(code: string): void {
    this.#down.delete(code);
  }
}

let browser: Browser;
beforeEach(() => {
  browser = new Browser("other");
});

describe("ordinary keys", () => {
  test("a key is held on the target for as long as it is held here", () => {
    expect(browser.down("KeyA")).toEqual(["+KeyA"]);
    expect(browser.machine.holding).toBe(true);
    expect(browser.up("KeyA")).toEqual(["-KeyA"]);
    expect(browser.machine.holding).toBe(false);
  });

  test("auto-repeat sends nothing, but is kept from the browser", () => {
    browser.down("KeyA");
    const verdict = browser.machine.down(browser.input("KeyA", { repeat: true }));
    expect(verdict).toEqual({ events: [], handled: true, leader: false });
  });

  test("a repeat of a key that the page did not see go down presses it", () => {
    expect(browser.down("KeyA", { repeat: true })).toEqual(["+KeyA"]);
  });

  test("a second stroke whose first end was lost arrives as two strokes", () => {
    browser.down("KeyA");
    expect(browser.down("KeyA")).toEqual(["-KeyA", "+KeyA"]);
  });

  test("the end of a key that was never pressed is not sent", () => {
    expect(browser.up("KeyA")).toEqual([]);
  });

  test("a key that HID does not have is left to the browser", () => {
    expect(browser.machine.down(browser.input("Fn")).handled).toBe(false);
    expect(browser.machine.up(browser.input("")).handled).toBe(false);
  });

  test("after forgetting, an end arriving late is not sent", () => {
    browser.down("KeyA");
    browser.machine.forget();
    expect(browser.machine.holding).toBe(false);
    expect(browser.up("KeyA")).toEqual([]);
  });
});

describe("modifiers whose end was lost", () => {
  test("Alt taken away by the window switcher is released at the next key", () => {
    browser.down("AltLeft");
    browser.loseUp("AltLeft");
    expect(browser.down("KeyA")).toEqual(["-AltLeft", "+KeyA"]);
  });

  test("Shift is released before the next click", () => {
    browser.down("ShiftLeft");
    browser.loseUp("ShiftLeft");
    const none = { shift: false, control: false, alt: false, meta: false };
    expect(written(browser.machine.beforePointer(none))).toEqual(["-ShiftLeft"]);
  });

  test("a held modifier stays held through other keys", () => {
    browser.down("ShiftLeft");
    expect(browser.down("KeyA")).toEqual(["+KeyA"]);
    expect(browser.up("KeyA")).toEqual(["-KeyA"]);
    expect(browser.up("ShiftLeft")).toEqual(["-ShiftLeft"]);
  });

  test("both Shift keys are two keys", () => {
    browser.down("ShiftLeft");
    browser.down("ShiftRight");
    expect(browser.up("ShiftRight")).toEqual(["-ShiftRight"]);
    expect(browser.up("ShiftLeft")).toEqual(["-ShiftLeft"]);
  });

  test("Shift survives a numpad key for which Windows lifts it", () => {
    browser.down("ShiftLeft");
    expect(browser.down("Numpad4", { shift: false })).toEqual(["+Numpad4"]);
  });

  test("Caps Lock remapped to Ctrl follows the key it plays", () => {
    browser.machine.down(browser.input("CapsLock", { key: "Control", control: true }));
    expect(browser.down("KeyC", { control: true })).toEqual(["+KeyC"]);
    browser.up("KeyC", { control: true });
    expect(browser.down("KeyD", { control: false })).toEqual(["-CapsLock", "+KeyD"]);
  });
});

describe("AltGr", () => {
  test("on Linux it is Right Alt and stays held although altKey is false", () => {
    expect(browser.down("AltRight", { key: "AltGraph", alt: false })).toEqual(["+AltRight"]);
    expect(browser.down("KeyQ", { alt: false })).toEqual(["+KeyQ"]);
    expect(browser.up("AltRight", { key: "AltGraph" })).toEqual(["-AltRight"]);
  });

  test("on Windows its phantom Left Ctrl never reaches the target", () => {
    browser = new Browser("windows");
    expect(browser.down("ControlLeft")).toEqual([]);
    expect(browser.down("AltRight", { key: "AltGraph" })).toEqual(["+AltRight"]);
    expect(browser.down("ControlLeft", { repeat: true })).toEqual([]);
    expect(browser.down("KeyQ")).toEqual(["+KeyQ"]);
    expect(browser.up("KeyQ")).toEqual(["-KeyQ"]);
    expect(browser.up("ControlLeft")).toEqual([]);
    expect(browser.up("AltRight", { key: "AltGraph" })).toEqual(["-AltRight"]);
    expect(browser.machine.holding).toBe(false);
  });

  test("on Windows a real Left Ctrl arrives with the key that follows it", () => {
    browser = new Browser("windows");
    browser.down("ControlLeft");
    expect(browser.down("KeyC")).toEqual(["+ControlLeft", "+KeyC"]);
  });

  test("on Windows a Left Ctrl held alone arrives after a moment", () => {
    browser = new Browser("windows");
    browser.down("ControlLeft");
    expect(browser.machine.deadline).toBe(1000 + PHANTOM_MS);
    expect(written(browser.machine.tick(1000 + PHANTOM_MS))).toEqual(["+ControlLeft"]);
    expect(browser.up("ControlLeft")).toEqual(["-ControlLeft"]);
  });

  test("on Windows a quick tap of Left Ctrl is not lost", () => {
    browser = new Browser("windows");
    browser.down("ControlLeft");
    expect(browser.up("ControlLeft")).toEqual(["+ControlLeft", "-ControlLeft"]);
  });

  test("on Windows Left Ctrl held before AltGr is real", () => {
    browser = new Browser("windows");
    browser.down("ControlLeft");
    browser.timeMs += PHANTOM_MS;
    expect(browser.down("AltRight", { key: "AltGraph" })).toEqual(["+ControlLeft", "+AltRight"]);
  });
});

describe("macOS", () => {
  beforeEach(() => {
    browser = new Browser("mac");
  });

  test("releasing Command releases the keys that were down before it, whose end macOS swallows", () => {
    browser.down("KeyC");
    browser.down("MetaLeft");
    browser.loseUp("KeyC");
    expect(browser.up("MetaLeft")).toEqual(["-MetaLeft", "-KeyC"]);
    expect(browser.machine.holding).toBe(false);
  });

  test("other modifiers stay held when Command goes up", () => {
    browser.down("ShiftLeft");
    browser.down("MetaLeft");
    browser.down("KeyZ");
    expect(browser.up("MetaLeft")).toEqual(["-MetaLeft"]);
    expect(browser.up("ShiftLeft")).toEqual(["-ShiftLeft"]);
  });

  test("a key with Command goes up at once: the target must not repeat what nobody holds", () => {
    browser.down("MetaLeft");
    expect(browser.down("KeyC")).toEqual(["+KeyC", "-KeyC"]);
    expect(browser.down("KeyC", { repeat: true })).toEqual(["+KeyC", "-KeyC"]);
    expect(browser.up("KeyC")).toEqual([]);
  });

  test("Caps Lock, of which macOS reports only the change, is a tap each time", () => {
    expect(browser.down("CapsLock")).toEqual(["+CapsLock", "-CapsLock"]);
    expect(browser.up("CapsLock")).toEqual(["+CapsLock", "-CapsLock"]);
  });
});

describe("the leader", () => {
  test("tapped alone it opens the palette and the target sees nothing", () => {
    expect(browser.down(LEADER)).toEqual([]);
    browser.timeMs += LEADER_HOLD_MS - 1;
    const verdict = browser.machine.up(browser.input(LEADER));
    expect(verdict).toEqual({ events: [], handled: true, leader: true });
  });

  test("with another key it goes to the target, in order", () => {
    browser.down(LEADER);
    expect(browser.down("KeyC")).toEqual(["+ControlRight", "+KeyC"]);
    browser.up("KeyC");
    const verdict = browser.machine.up(browser.input(LEADER));
    expect(written(verdict.events)).toEqual(["-ControlRight"]);
    expect(verdict.leader).toBe(false);
  });

  test("held it goes to the target", () => {
    browser.down(LEADER);
    expect(browser.machine.deadline).toBe(1000 + LEADER_HOLD_MS);
    expect(written(browser.machine.tick(1000 + LEADER_HOLD_MS - 1))).toEqual([]);
    expect(written(browser.machine.tick(1000 + LEADER_HOLD_MS))).toEqual(["+ControlRight"]);
    expect(browser.down(LEADER, { repeat: true })).toEqual([]);
    expect(browser.up(LEADER)).toEqual(["-ControlRight"]);
  });

  test("held too long for a tap, but with the timer late, it is a stroke on the target", () => {
    browser.down(LEADER);
    browser.timeMs += LEADER_HOLD_MS;
    expect(browser.up(LEADER)).toEqual(["+ControlRight", "-ControlRight"]);
  });

  test("with a mouse button it goes to the target first", () => {
    browser.down(LEADER);
    const modifiers = { shift: false, control: true, alt: false, meta: false };
    expect(written(browser.machine.beforePointer(modifiers))).toEqual(["+ControlRight"]);
    expect(browser.machine.up(browser.input(LEADER)).leader).toBe(false);
  });

  test("while another key is held it is that combination's", () => {
    browser.down("AltLeft");
    expect(browser.down(LEADER)).toEqual(["+ControlRight"]);
    expect(browser.machine.up(browser.input(LEADER)).leader).toBe(false);
  });
});

test("a chord goes down in order and up in reverse", () => {
  expect(written(chord("ControlLeft", "AltLeft", "Delete"))).toEqual([
    "+ControlLeft", "+AltLeft", "+Delete", "-Delete", "-AltLeft", "-ControlLeft",
  ]);
});

test("whatever is pressed and released in whatever order, nothing stays held", () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  const codes = ["KeyA", "KeyB", "ShiftLeft", "ControlLeft", LEADER, "AltRight", "MetaLeft", "Numpad4"];
  for (const platform of ["mac", "windows", "other"] as const) {
    const browser = new Browser(platform);
    const target = new Set<string>();
    const apply = (strokes: string[]) => {
      for (const stroke of strokes) {
        const code = stroke.slice(1);
        expect(target.has(code), stroke).toBe(stroke[0] === "-");
        if (stroke[0] === "+") target.add(code);
        else target.delete(code);
      }
    };
    const down = new Set<string>();
    for (let step = 0; step < 3000; step++) {
      const code = codes[random(codes.length)]!;
      browser.timeMs += random(200);
      apply(written(browser.machine.tick(browser.timeMs)));
      apply(down.has(code) ? browser.up(code) : browser.down(code));
      if (!down.delete(code)) down.add(code);
    }
    for (const code of down) apply(browser.up(code));
    expect([...target]).toEqual([]);
    expect(browser.machine.holding).toBe(false);
  }
});

test.each([["MacIntel", "mac"], ["Win32", "windows"], ["Linux x86_64", "other"], ["iPad", "mac"]])("%s is %s", (name, platform) => {
  expect(platformOf(name)).toBe(platform);
});
