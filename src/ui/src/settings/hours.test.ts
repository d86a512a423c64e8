import { expect, test } from "vitest";
import { here, hoursOf, partOf } from "./hours.ts";

test("hours come back as they were kept", () => {
  expect(partOf("always")).toBeNull();
  expect(hoursOf(partOf("22:00-02:30")!)).toBe("22:00-02:30");
});

test.each([
  ["", "10:00"],
  ["24:00", "10:00"],
  ["10:00", "10:00"],
  ["9:00", "10:00"],
])("%j to %j are no hours", (from, until) => {
  expect(hoursOf({ from, until })).toBeNull();
});

test("a time is another one elsewhere, also over midnight", () => {
  expect(here("08:00", 120)).toBe("10:00");
  expect(here("23:30", 60)).toBe("00:30");
  expect(here("01:00", -330)).toBe("19:30");
});
