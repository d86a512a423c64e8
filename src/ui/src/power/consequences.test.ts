import { expect, test } from "vitest";
import type { Power } from "../api/power.ts";
import { consequencesOf } from "./consequences.ts";

const QUIET: Power = { available: true, controller: "ada", seats: 1, viewers: 1, pasting: false, update: null, trial: false };

const of = (power: Partial<Power>) => consequencesOf({ ...QUIET, ...power }, "ada").map((each) => ("key" in each ? each.key : [each.counted, each.count]));

test("who is alone has nothing to lose", () => {
  expect(of({})).toEqual([]);
  expect(of({ controller: null, seats: 0, viewers: 0 })).toEqual([]);
});

test("others are counted without this page, and whoever has the keyboard is named", () => {
  expect(of({ controller: "grace", seats: 2, viewers: 4 })).toEqual(["power.loses.controller", ["power.loses.others", 3]]);
});

test("what is under way is told", () => {
  expect(of({ pasting: true, update: "transferring", trial: true })).toEqual(["power.loses.pasting", "power.loses.update", "power.loses.trial"]);
});
