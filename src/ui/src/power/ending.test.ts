import { expect, test } from "vitest";
import { begun, type News, STAYED_MS, step } from "./ending.ts";

const through = (...news: readonly (readonly [News, number])[]) => news.reduce((ending, [what, nowMs]) => step(ending, what, nowMs), begun("restart", 0)).is;

test("an appliance that answers after a silence is back", () => {
  expect(through(["answers", 1000], ["silence", 2000])).toBe("away");
  expect(through(["silence", 1000], ["silence", 9000], ["answers", 10_000])).toBe("back");
});

test("one that restarts between two questions has forgotten the session", () => {
  expect(through(["answers", 1000], ["forgot", 2000])).toBe("back");
});

test("the one that is about to stop is not yet back", () => {
  expect(through(["answers", STAYED_MS - 1])).toBe("leaving");
});

test("one that goes on is told, and may still go", () => {
  expect(through(["answers", STAYED_MS])).toBe("stayed");
  expect(through(["answers", STAYED_MS], ["silence", STAYED_MS + 1])).toBe("away");
});

test("once it is back nothing more happens", () => {
  expect(through(["silence", 1], ["answers", 2], ["silence", 3])).toBe("back");
});
