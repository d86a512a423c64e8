import { describe, expect, test } from "vitest";
import { LARGEST_FILE, LONGEST_NAME, LONGEST_WAIT_MS, type Macro, MOST_MACROS, MOST_STEPS, parse, print } from "./macro.ts";

let last = 0;
const newId = () => `new${++last}`;

const BOOT: Macro = {
  id: "old",
  name: "Boot menu – “F12”",
  digit: 3,
  steps: [{ do: "down", key: "ControlLeft" }, { do: "press", key: "KeyR" }, { do: "up", key: "ControlLeft" }, { do: "wait", ms: 1500 }],
};

/** A file with one macro that is changed, or with other things instead. */
const file = (change: object = {}, around: object = {}) =>
  JSON.stringify({ format: "farseat-macros", version: 1, macros: [{ ...BOOT, ...change }], ...around });
const refusal = (text: string) => {
  const result = parse(text, newId);
  return result.ok ? null : result.refusal;
};

test("what was exported comes back as it was, under an id of its own", () => {
  const result = parse(print([BOOT]), newId);
  expect(result.ok && result.macros.map(({ id: _, ...macro }) => macro)).toEqual([{ name: BOOT.name, digit: 3, steps: BOOT.steps }]);
  expect(result.ok && result.macros[0]!.id).not.toBe("old");
});

describe("a file is refused whole, with what is wrong and where", () => {
  test.each([
    ["not JSON", "{", { why: "json" }],
    ["too large", " ".repeat(LARGEST_FILE + 1), { why: "size" }],
    ["something else", '{"macros":[]}', { why: "format" }],
    ["a list", "[]", { why: "format" }],
    ["nothing", "null", { why: "format" }],
    ["of a later version", file({}, { version: 2 }), { why: "version" }],
    ["with too many", file({}, { macros: Array(MOST_MACROS + 1).fill(BOOT) }), { why: "many" }],
    ["whose macro is none", file({}, { macros: [BOOT, 7] }), { why: "name", macro: 2 }],
    ["without a name", file({ name: "  " }), { why: "name", macro: 1 }],
    ["with a long name", file({ name: "x".repeat(LONGEST_NAME + 1) }), { why: "name", macro: 1 }],
    ["with a line end in the name", file({ name: "a\nb" }), { why: "name", macro: 1 }],
    ["with a name that turns the line around", file({ name: "a\u202eb" }), { why: "name", macro: 1 }],
    ["without steps", file({ steps: [] }), { why: "steps", macro: 1 }],
    ["with too many steps", file({ steps: Array(MOST_STEPS + 1).fill(BOOT.steps[0]) }), { why: "steps", macro: 1 }],
    ["with a step that is none", file({ steps: [BOOT.steps[0], null] }), { why: "step", macro: 1, step: 2 }],
    ["with a step of another kind", file({ steps: [{ do: "run", key: "KeyA" }] }), { why: "step", macro: 1, step: 1 }],
    ["with an unknown key", file({ steps: [{ do: "press", key: "__proto__" }] }), { why: "key", macro: 1, step: 1 }],
    ["with a key that is no text", file({ steps: [{ do: "press", key: ["KeyA"] }] }), { why: "key", macro: 1, step: 1 }],
    ["with an endless wait", file({ steps: [{ do: "wait", ms: LONGEST_WAIT_MS + 1 }] }), { why: "wait", macro: 1, step: 1 }],
    ["with a wait that is no number", file({ steps: [{ do: "wait", ms: "5" }] }), { why: "wait", macro: 1, step: 1 }],
  ])("one %s", (_what, text, expected) => {
    expect(refusal(text)).toEqual(expected);
  });
});

test("an impossible digit is none, and of two the first keeps it", () => {
  const macros = [{ ...BOOT, digit: 3 }, { ...BOOT, digit: 3 }, { ...BOOT, digit: 0 }, { ...BOOT, digit: "4" }];
  const result = parse(file({}, { macros }), newId);
  expect(result.ok && result.macros.map(({ digit }) => digit)).toEqual([3, null, null, null]);
});

test("what else is in a file does not come in", () => {
  const result = parse(file({ steps: [{ do: "press", key: "KeyA", ms: 5, evil: true }], more: 1 }), newId);
  expect(result.ok && result.macros[0]).toEqual({ id: expect.any(String), name: BOOT.name, digit: 3, steps: [{ do: "press", key: "KeyA" }] });
});
