import { describe, expect, test } from "vitest";
import { excerpt, mark, nameOf, visible } from "./mark.ts";

const US = new Set("abcdefghijklmnopqrstuvwxyz ");

describe("what the layout does not have", () => {
  test("stands in runs of its own, and is counted", () => {
    expect(mark("aäöb", US)).toEqual({
      runs: [
        { text: "a", known: true },
        { text: "äö", known: false },
        { text: "b", known: true },
      ],
      unknown: 2,
      each: new Map([
        ["ä", 1],
        ["ö", 1],
      ]),
      known: 2,
    });
  });

  test("is never an end of a line or a tab, and an end of a line is one character", () => {
    expect(mark("a\r\nb\rc\td", US)).toMatchObject({ unknown: 0, known: 7 });
  });

  test("may be a character of two code units", () => {
    expect(mark("a😀b", US)).toMatchObject({ unknown: 1, known: 2 });
  });

  test("is each told once, as it comes, with how often", () => {
    expect([...mark("öaäöö", US).each]).toEqual([
      ["ö", 3],
      ["ä", 1],
    ]);
  });

  test("is nothing in an empty text", () => {
    expect(mark("", US)).toEqual({ runs: [], unknown: 0, each: new Map(), known: 0 });
  });
});

test("a character has its number for a name, and something that is seen", () => {
  expect(["ä", "😀", "\u{200b}", "\u{a0}"].map((character) => [nameOf(character), visible(character)])).toEqual([
    ["U+00E4", "ä"],
    ["U+1F600", "😀"],
    ["U+200B", "�"],
    ["U+00A0", "�"],
  ]);
});

describe("the excerpt", () => {
  test("leaves a short text as it is", () => {
    const { runs } = mark("aäb", US);
    expect(excerpt(runs, 10)).toEqual(runs);
  });

  test("cuts what is far from a mark", () => {
    const { runs } = mark(`${"a".repeat(100)}ä${"b".repeat(100)}ö${"c".repeat(100)}`, US);
    expect(excerpt(runs, 10).map(({ text }) => text)).toEqual([
      `…${"a".repeat(24)}`,
      "ä",
      `${"b".repeat(24)}…${"b".repeat(24)}`,
      "ö",
      `${"c".repeat(24)}…`,
    ]);
  });

  test("ends after so many marks", () => {
    const { runs } = mark("äaäaäa", US);
    expect(excerpt(runs, 2).map(({ text }) => text)).toEqual(["ä", "a", "ä", "a", "…"]);
  });
});
