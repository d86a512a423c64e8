import { describe, expect, test } from "vitest";
import { usageOf } from "../input/usages.ts";
import { capOf, codeOf, hintsOf, type LayoutKey, type Legends, type Meaning } from "./caps.ts";

const char = (char: string): Meaning => ({ char });
const dead = (dead: string): Meaning => ({ dead });

function legends(keys: Readonly<Record<string, readonly (Meaning | null)[]>>): Legends {
  const entries = Object.entries(keys).map(([code, levels]): [number, LayoutKey] => {
    const usage = usageOf(code)!.id;
    return [usage, { usage, levels }];
  });
  return { keys: new Map(entries), accents: { dead_acute: "\u0301" } };
}

const GERMAN = legends({
  KeyE: [char("e"), char("E"), char("€"), null],
  Digit7: [char("7"), char("/"), char("{"), null],
  Equal: [dead("dead_acute"), char("`"), null, null],
  BracketLeft: [char("ü"), char("Ü")],
  Space: [char(" "), char("\u00a0")],
});
const PLAIN = { shift: false, altgr: false, caps: false };
const text = (code: string, held = {}) => capOf(code, GERMAN, { ...PLAIN, ...held })?.text;

describe("a cap", () => {
  test("shows what the modifiers give", () => {
    expect([text("Digit7"), text("Digit7", { shift: true }), text("Digit7", { altgr: true })]).toEqual(["7", "/", "{"]);
  });

  test("is empty where they give nothing", () => {
    expect(text("Digit7", { shift: true, altgr: true })).toBe("");
  });

  test("with Caps Lock is a capital letter, and with Shift a small one", () => {
    expect([text("BracketLeft", { caps: true }), text("BracketLeft", { caps: true, shift: true })]).toEqual(["Ü", "ü"]);
  });

  test("with Caps Lock stays what it is when it is no letter", () => {
    expect(text("Digit7", { caps: true })).toBe("7");
  });

  test("of a dead key shows its accent on a circle and says that it is one", () => {
    expect(capOf("Equal", GERMAN, PLAIN)).toEqual({ text: "\u25cc\u0301", dead: true });
  });

  test("shows spaces, which have no look", () => {
    expect([text("Space"), text("Space", { shift: true })]).toEqual(["\u2423", "\u2423"]);
  });

  test("is none where the layout says nothing, and for media keys of the same number", () => {
    expect(text("F1")).toBeUndefined();
    // Consumer usage 0xE2 is no key of the keyboard page.
    expect(capOf("AudioVolumeMute", legends({ AltLeft: [char("x")] }), PLAIN)).toBeNull();
  });
});

test("the hints are what Shift and AltGr give, but not the same letter once more", () => {
  expect(hintsOf("Digit7", GERMAN)).toEqual({ shift: "/", altgr: "{" });
  expect(hintsOf("KeyE", GERMAN)).toEqual({ shift: "", altgr: "€" });
});

test("a sign leads to the key that has it without a modifier", () => {
  expect([codeOf("ü", GERMAN), codeOf("e", GERMAN), codeOf("E", GERMAN), codeOf("€", GERMAN)]).toEqual(["BracketLeft", "KeyE", undefined, undefined]);
});
