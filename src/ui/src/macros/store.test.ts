import { beforeEach, expect, test } from "vitest";
import { type Macro, MOST_MACROS, print } from "./macro.ts";
import { MacroStore, type Shelf } from "./store.ts";

let text: string | null;
let keeps: boolean;
const shelf: Shelf = {
  read: () => text,
  write: (written) => {
    if (keeps) text = written;
    return keeps;
  },
};

beforeEach(() => {
  text = null;
  keeps = true;
});

const macro = (id: string, digit: number | null = null): Macro => ({ id, name: `name ${id}`, digit, steps: [{ do: "press", key: "KeyA" }] });
const names = (store: MacroStore) => store.macros.value.map(({ name, digit }) => (digit === null ? name : `${name} (${digit})`));

test("what is saved is there at the next visit", () => {
  new MacroStore(shelf).save(macro("a", 2));
  expect(names(new MacroStore(shelf))).toEqual(["name a (2)"]);
});

test("what is stored and is no file of macros is none", () => {
  text = '{"format":"farseat-macros","version":1,"macros":[{"name":"x","steps":[{"do":"press","key":"Nonsense"}]}]}';
  expect(names(new MacroStore(shelf))).toEqual([]);
});

test("a change replaces, and a digit has one macro", () => {
  const store = new MacroStore(shelf);
  store.save(macro("a", 1));
  store.save(macro("b", 1));
  expect(names(store)).toEqual(["name a", "name b (1)"]);
  store.save({ ...macro("a", 1), name: "other" });
  expect(names(store)).toEqual(["other (1)", "name b"]);
  store.remove("b");
  expect(names(store)).toEqual(["other (1)"]);
});

test("a file's macros come beside those that are there, which keep their digits", () => {
  const store = new MacroStore(shelf);
  store.save(macro("a", 1));
  expect(store.add(print([macro("x", 1), macro("y", 2)])).saved).toBe("saved");
  expect(names(store)).toEqual(["name a (1)", "name x", "name y (2)"]);
  expect(new Set(store.macros.value.map(({ id }) => id)).size).toBe(3);
});

test("there is an end to them, and then nothing is changed", () => {
  const store = new MacroStore(shelf);
  for (let count = 0; count < MOST_MACROS; count += 1) store.save(macro(store.newId()));
  expect(store.save(macro("more"))).toBe("full");
  expect(store.add(print([macro("more")])).saved).toBe("full");
  expect(store.macros.value).toHaveLength(MOST_MACROS);
});

test("a browser that keeps nothing is no secret", () => {
  keeps = false;
  const store = new MacroStore(shelf);
  expect(store.save(macro("a"))).toBe("notKept");
  expect(names(store)).toEqual(["name a"]);
});
