import { expect, test } from "vitest";
import { ago, until } from "./times.ts";

test.each([
  [60, "1 minute ago"],
  [119, "1 minute ago"],
  [3599, "59 minutes ago"],
  [7200, "2 hours ago"],
  [86_400 * 3, "3 days ago"],
])("%i seconds ago is %s", (seconds, text) => {
  expect(ago(seconds)).toBe(text);
});

test.each([
  [3600, "in 1 hour"],
  [86_399, "in 23 hours"],
  [86_400 * 30, "in 30 days"],
])("%i seconds from now is %s", (seconds, text) => {
  expect(until(seconds)).toBe(text);
});

test("less than a minute has no figure, nor has what a clock that went back would make negative", () => {
  expect([ago(0), ago(59), ago(-10), until(59), until(-5)]).toEqual([null, null, null, null, null]);
});
