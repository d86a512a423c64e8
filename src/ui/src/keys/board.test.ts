import { describe, expect, test } from "vitest";
import { usageOf } from "../input/usages.ts";
import { boardFor, type Place, type Room } from "./board.ts";
import type { LayoutKey } from "./caps.ts";

function keys(meanings: Readonly<Record<string, string>>): Map<number, LayoutKey> {
  return new Map(
    Object.entries(meanings).map(([code, characters]) => {
      const usage = usageOf(code)!.id;
      return [usage, { usage, levels: [...characters].map((char) => ({ char })) }];
    }),
  );
}

/** As xkeyboard-config has them. */
const US = keys({ Comma: ",<", Period: ".>", IntlBackslash: "<>|¦", Backslash: "\\|" });
const GERMAN = keys({ Comma: ",;", Period: ".:", IntlBackslash: "<>|", Backslash: "#'" });
const BRAZILIAN = keys({ IntlBackslash: "\\|", IntlRo: "/?" });
const JAPANESE = keys({ IntlRo: "\\_", IntlYen: "¥|" });
const LAYOUTS = { US, GERMAN, BRAZILIAN, JAPANESE };

const codes = (places: readonly Place[]) => places.map(({ code }) => code);

test("the key beside the left Shift is there when it has characters of its own", () => {
  const has = (layout: Map<number, LayoutKey>) => codes(boardFor(layout, "full").letters).includes("IntlBackslash");
  expect([US, GERMAN, BRAZILIAN, JAPANESE].map(has)).toEqual([false, true, true, false]);
});

test("Brazilian and Japanese keys are there for those who have them", () => {
  const has = (layout: Map<number, LayoutKey>, code: string) => codes(boardFor(layout, "full").letters).includes(code);
  expect(["IntlRo", "IntlYen", "Convert"].map((code) => has(BRAZILIAN, code))).toEqual([true, false, false]);
  expect(["IntlRo", "IntlYen", "Convert"].map((code) => has(JAPANESE, code))).toEqual([true, true, true]);
  expect(["IntlRo", "IntlYen", "Convert"].map((code) => has(US, code))).toEqual([false, false, false]);
});

describe.each(Object.entries(LAYOUTS))("the board for a layout such as %s", (_name, layout) => {
  test.each(["full", "narrow"] as Room[])("fills its rows to the last quarter, %s", (room) => {
    const { letters, columns } = boardFor(layout, room);
    // A tall key takes its room in the next row, too.
    const area = letters.reduce((sum, { width, tall }) => sum + width * (tall ? 2 : 1), 0);
    expect(area % columns).toBe(0);
    let filled = 0;
    let overhang = 0;
    for (const { width, tall } of letters) {
      if (filled === 0 && overhang < 0) overhang = -overhang;
      else if (filled === 0) overhang = 0;
      filled += width;
      if (tall) overhang = -width;
      expect(filled + Math.max(0, overhang)).toBeLessThanOrEqual(columns);
      if (filled + Math.max(0, overhang) === columns) filled = 0;
    }
    expect(filled).toBe(0);
  });

  test.each(["full", "narrow"] as Room[])("has no key twice and only keys that the target has, %s", (room) => {
    const { letters, navigation, keypad, functions, media } = boardFor(layout, room);
    const all = codes([...letters, ...navigation, ...keypad, ...functions, ...media]);
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((code) => usageOf(code) === undefined)).toEqual([]);
  });

  test("has the same keys on a phone as on a desk, but for a second Shift", () => {
    const all = (room: Room) => {
      const { letters, navigation, keypad, functions, media } = boardFor(layout, room);
      return codes([...letters, ...navigation, ...keypad, ...functions, ...media]);
    };
    const narrow = all("narrow");
    expect(all("full").filter((code) => code !== "ShiftRight" && !narrow.includes(code))).toEqual([]);
  });
});
