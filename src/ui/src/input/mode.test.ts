import { expect, test } from "vitest";
import { modeFor, otherMode } from "./mode.ts";

test("a choice counts, whatever the target reads", () => {
  for (const read of [true, false]) {
    expect(modeFor("absolute", read)).toBe("absolute");
    expect(modeFor("relative", read)).toBe("relative");
  }
});

test("automatic is the absolute mouse as long as the target reads it, and the relative one when it does not", () => {
  expect(modeFor("automatic", true)).toBe("absolute");
  expect(modeFor("automatic", false)).toBe("relative");
});

test("the other mode of the other mode is the first", () => {
  expect(otherMode("absolute")).toBe("relative");
  expect(otherMode(otherMode("absolute"))).toBe("absolute");
});
