// Rows of what keyboards without keys do to a field, and what has to be typed. The events of each are in docs/keyboard.md's table; that a real
// browser has them in this order is shown by ci/e2e/tests/own-keyboard.test.ts.

import { expect, test } from "vitest";
import { Field } from "./field.ts";

/** A value of the field; "…" at its end: the word is still being composed. */
type Value = string;

interface Case {
  readonly name: string;
  readonly holds: readonly Value[];
  /** "<" = Backspace. */
  readonly types: string;
  readonly missing?: readonly string[];
}

const CASES: readonly Case[] = [
  { name: "letters one by one (insertText)", holds: ["h", "hi"], types: "hi" },
  { name: "a word that grows while it is composed (insertCompositionText), then stays", holds: ["h…", "he…", "hey…", "hey"], types: "hey" },
  { name: "a letter taken back (deleteContentBackward)", holds: ["hey", "he"], types: "hey<" },
  { name: "a word corrected after its space (insertReplacementText)", holds: ["teh…", "the ", "the c"], types: "teh<<he c" },
  { name: "a swiped word replaced by another", holds: ["hello …", "help …", "help "], types: "hello <<<p " },
  { name: "a letter put into the middle", holds: ["helo", "hello"], types: "helo<lo" },
  { name: "a whole sentence at once: dictation, a paste", holds: ["Two words."], types: "Two words." },
  { name: "a line end", holds: ["a\nb"], types: "a\nb" },
  { name: "signs outside the first plane are one each", holds: ["a😀b", "a😀"], types: "ab<", missing: ["😀"] },
  { name: "what the target cannot have is not sent back either, and said when the composing is over", holds: ["か…", "かな…", "仮名"], types: "", missing: ["仮", "名"] },
  { name: "nothing is said while a word is composed", holds: ["か…"], types: "" },
  { name: "an emptied field", holds: ["ab", ""], types: "ab<<" },
];

for (const { name, holds, types, missing = [] } of CASES) {
  test(name, () => {
    const field = new Field();
    let typed = "";
    let last: readonly string[] = [];
    for (const value of holds) {
      const composing = value.endsWith("…");
      const edit = field.change(composing ? value.slice(0, -1) : value, composing, (character) => character <= "~");
      typed += "<".repeat(edit.erase) + edit.type.join("");
      last = edit.missing;
    }
    expect(typed).toBe(types);
    expect(last).toEqual(missing);
  });
}

test("after it was forgotten, what the target has is not sent back", () => {
  const field = new Field();
  field.change("ab", false, () => true);
  field.forget();
  expect(field.change("c", false, () => true)).toEqual({ erase: 0, type: ["c"], missing: [] });
});
