import { describe, expect, test } from "vitest";
import { situationOf, type Facts } from "../console/situation.ts";
import main from "../i18n/en.json";
import help from "../i18n/en.help.json";
import { GROUPS, pageOf, pagesOf, STATES } from "./states.ts";

const texts: Record<string, string> = { ...main, ...help };
const shown = Object.keys(main)
  .map((key) => /^state\.([A-Za-z_]+)$/.exec(key)?.[1])
  .filter((id) => id !== undefined);

describe("the help", () => {
  test("has a page for every state that the console can show, and for no other", () => {
    expect(Object.keys(STATES).sort()).toEqual([...shown].sort());
  });

  test.each(shown)("says of %s what it is called, what it means and what to do", (id) => {
    expect(STATES).toHaveProperty(id);
    const { title, means, steps } = pageOf(id as keyof typeof STATES);
    for (const key of [title, means, ...steps]) expect(texts[key], key).toBeTruthy();
    expect(texts[`help.${id}.do.${steps.length + 1}`]).toBeUndefined();
  });

  test("groups them all", () => {
    expect(GROUPS.flatMap((group) => pagesOf(group)).length).toBe(shown.length);
  });

  test("knows what a situation is called", () => {
    const lost = { is: "lost", why: "network" } as const;
    const situation = situationOf({ video: lost, control: lost } as unknown as Facts);
    expect(STATES).toHaveProperty(situation!.id);
  });
});
