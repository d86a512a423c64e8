import { describe, expect, test } from "vitest";
import { usageOf } from "../input/usages.ts";
import type { LayoutKey, Legends, Meaning } from "./caps.ts";
import { chordsOf } from "./strokes.ts";

const char = (char: string): Meaning => ({ char });
const KEYS: Readonly<Record<string, readonly (Meaning | null)[]>> = {
  KeyE: [char("e"), char("E"), char("€"), null],
  Digit7: [char("7"), char("/"), char("{"), char("⅞")],
  Equal: [{ dead: "dead_acute" }, char("`"), null, null],
  NumpadDivide: [char("/"), char("/")],
};
const LEGENDS: Legends = {
  keys: new Map(Object.entries(KEYS).map(([code, levels]): [number, LayoutKey] => [usageOf(code)!.id, { usage: usageOf(code)!.id, levels }])),
  accents: { dead_acute: "\u0301" },
};
const chords = (character: string, caps = false) => chordsOf(character, LEGENDS, caps)?.map((codes) => codes.join("+")).join(" ") ?? null;

describe("a character is typed", () => {
  test.each([
    ["e", "KeyE"], ["E", "ShiftLeft+KeyE"], ["€", "AltRight+KeyE"], ["⅞", "ShiftLeft+AltRight+Digit7"],
    ["\n", "Enter"], ["\t", "Tab"], [" ", "Space"],
  ])("%j by %s", (character, codes) => expect(chords(character)).toBe(codes));

  test("not by the keypad, of which Num Lock decides", () => expect(chords("/")).toBe("ShiftLeft+Digit7"));
  test("by its accent's dead key and its letter", () => expect(chords("é")).toBe("Equal KeyE"));
  test("and so is a capital with an accent", () => expect(chords("É")).toBe("Equal ShiftLeft+KeyE"));
  test("with Shift the other way round while Caps Lock is on, if it is a letter", () => {
    expect([chords("e", true), chords("E", true), chords("7", true)]).toEqual(["ShiftLeft+KeyE", "KeyE", "Digit7"]);
  });
  test("not at all where the layout does not have it", () => expect([chords("ß"), chords("ế"), chords("è")]).toEqual([null, null, null]));
});
