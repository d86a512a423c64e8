import { signal } from "@preact/signals";
import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import type { Layout } from "../api/paste.ts";
import { usageOf } from "../input/usages.ts";
import { TargetKeys } from "./layout.ts";

/** On which key each layout has its w. */
const W: Readonly<Record<string, string>> = { us: "KeyW", fr: "KeyZ" };

let asked: string[];
let fails: boolean;
/** Lets a layout's answer come; layouts that are not held back answer at once. */
let held: Map<string, () => void>;

const api = {
  layouts: async () => [{ id: "fr", title: "French" }, { id: "us", title: "English (US)" }],
  layout: async (id: string): Promise<Layout> => {
    asked.push(id);
    if (fails) throw new ApiError(0, "unreachable", "", 0);
    if (held.has(id)) await new Promise<void>((resolve) => held.set(id, resolve));
    return { id, title: id, characters: "w", accents: {}, keys: [{ usage: usageOf(W[id]!)!.id, levels: [{ char: "w" }, null, null, null] }] };
  },
};

beforeEach(() => {
  asked = [];
  fails = false;
  held = new Map();
});

/** Until everything that was asked has been answered. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const hasW = (keys: TargetKeys, code: string) => keys.legends.value.keys.has(usageOf(code)!.id);

test("the caps follow the choice for as long as somebody looks at them", async () => {
  const chosen = signal<string | null>(null);
  const keys = new TargetKeys(api, chosen);
  const close = keys.open();
  await settled();
  expect(hasW(keys, "KeyW")).toBe(true);
  expect(keys.layouts.value.map(({ id }) => id)).toEqual(["fr", "us"]);
  chosen.value = "fr";
  await settled();
  expect(hasW(keys, "KeyZ")).toBe(true);
  close();
  chosen.value = "us";
  await settled();
  expect(asked).toEqual(["us", "fr"]);
});

test("an answer that comes when another layout is chosen already is none", async () => {
  held.set("fr", () => undefined);
  const chosen = signal<string | null>("fr");
  const keys = new TargetKeys(api, chosen);
  keys.open();
  await settled();
  chosen.value = "us";
  await settled();
  held.get("fr")!();
  await settled();
  expect(hasW(keys, "KeyW")).toBe(true);
});

test("a letter is where the target has it, asked for once", async () => {
  const keys = new TargetKeys(api, signal<string | null>("fr"));
  expect(await keys.codeOf("w")).toBe("KeyZ");
  expect(await keys.codeOf("w")).toBe("KeyZ");
  expect(asked).toEqual(["fr"]);
});

test("when the layout is not to be had it is where US keyboards have it, and that is said", async () => {
  fails = true;
  const keys = new TargetKeys(api, signal<string | null>("fr"));
  expect(await keys.codeOf("w")).toBe("KeyW");
  expect(keys.trouble.value?.code).toBe("unreachable");
});

test("a layout without the letter has it where US keyboards do, as Russian targets read shortcuts", async () => {
  const keys = new TargetKeys(api, signal<string | null>("fr"));
  expect(await keys.codeOf("l")).toBe("KeyL");
});
