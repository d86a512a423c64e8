import { beforeAll, expect, test, vi } from "vitest";
import { find } from "../find.ts";

// The registry imports modules that look at the browser when they are loaded.
beforeAll(() => {
  vi.stubGlobal("document", { documentElement: { dataset: {} } });
  vi.stubGlobal("location", { search: "" });
});

const registry = () => import("./commands.ts");

test("no two commands share an id or a letter", async () => {
  const { COMMANDS } = await registry();
  const ids = COMMANDS.map(({ id }) => id);
  const letters = COMMANDS.flatMap(({ letter }) => letter ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(letters).size).toBe(letters.length);
  expect([...letters].sort()).toEqual([",", "?", "b", "d", "f", "k", "m", "p", "r", "s", "w"]);
});

test("every stroke is made of keys that the target has", async () => {
  const { STROKES } = await registry();
  const { usageOf } = await import("../input/usages.ts");
  for (const { codes } of STROKES) for (const code of codes) expect(usageOf(code), code).toBeDefined();
});

test("the shortcuts are the keys that their names say", async () => {
  const { STROKES } = await registry();
  const unfolded = STROKES.filter(({ group }) => group === undefined);
  expect(unfolded.map(({ id, codes, sign = "" }) => [id, [...codes, sign].join(" ").trim()])).toEqual([
    ["ctrl-alt-del", "ControlLeft AltLeft Delete"],
    ["alt-tab", "AltLeft Tab"],
    ["alt-f4", "AltLeft F4"],
    ["meta", "MetaLeft"],
    ["meta-l", "MetaLeft l"],
    ["meta-d", "MetaLeft d"],
    ["ctrl-shift-esc", "ControlLeft ShiftLeft Escape"],
    ["meta-alt-esc", "MetaLeft AltLeft Escape"],
    ["ctrl-alt-backspace", "ControlLeft AltLeft Backspace"],
    ["ctrl-esc", "ControlLeft Escape"],
    ["ctrl-w", "ControlLeft w"],
    ["print-screen", "PrintScreen"],
    ["alt-print-screen", "AltLeft PrintScreen"],
  ]);
});

test("a search finds by every word, in any order and case, with or without the plus", async () => {
  const named = [{ text: "Ctrl + Alt + Del" }, { text: "Alt + F4" }, { text: "Screenshot" }];
  expect(find("del ctrl", named)).toEqual([named[0]]);
  expect(find("alt+", named)).toEqual([named[0], named[1]]);
  expect(find("SHOT", named)).toEqual([named[2]]);
  expect(find("", named)).toEqual(named);
  expect(find("xyz", named)).toEqual([]);
});
