import { expect, test } from "vitest";
import { ago, lengthOf, until } from "./times.ts";

const english = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const german = new Intl.RelativeTimeFormat("de", { numeric: "always" });

test.each([
  [60, "1 minute ago"],
  [119, "1 minute ago"],
  [3599, "59 minutes ago"],
  [7200, "2 hours ago"],
  [86_400 * 3, "3 days ago"],
])("%i seconds ago is %s", (seconds, text) => {
  expect(ago(seconds, english)).toBe(text);
});

test.each([
  [3600, "in 1 hour"],
  [86_399, "in 23 hours"],
  [86_400 * 30, "in 30 days"],
])("%i seconds from now is %s", (seconds, text) => {
  expect(until(seconds, english)).toBe(text);
});

test("less than a minute has no figure, nor has what a clock that went back would make negative", () => {
  expect([ago(0, english), ago(59, english), ago(-10, english), until(59, english), until(-5, english)]).toEqual([null, null, null, null, null]);
});

test("another language has its own words", () => {
  expect([ago(60, german), until(86_400 * 3, german)]).toEqual(["vor 1 Minute", "in 3 Tagen"]);
});

test.each([
  [59, "0 minutes", "0 Minuten"],
  [300, "5 minutes", "5 Minuten"],
  [3600 * 2 + 359, "2 hours 5 minutes", "2 Stunden 5 Minuten"],
  [86_400 * 3 + 3600 * 4 + 61, "3 days 4 hours", "3 Tage 4 Stunden"],
])("%i seconds are %s, %s", (seconds, en, de) => {
  expect([lengthOf(seconds, "en"), lengthOf(seconds, "de")]).toEqual([en, de]);
});
