import { expect, test } from "vitest";
import { atLeast, roleOf, upTo } from "./role.ts";

test("each role may what the ones below it may", () => {
  expect(atLeast("admin", "viewer")).toBe(true);
  expect(atLeast("operator", "operator")).toBe(true);
  expect(atLeast("viewer", "operator")).toBe(false);
  expect(atLeast("operator", "admin")).toBe(false);
});

test("nobody may nothing", () => {
  expect(atLeast(null, "viewer")).toBe(false);
  expect(upTo(null)).toEqual([]);
});

test("nobody gives away more than he has", () => {
  expect(upTo("operator")).toEqual(["viewer", "operator"]);
});

test.each([null, undefined, "root", ""])("%j is no role", (said) => {
  expect(roleOf(said)).toBeNull();
});

test("a role is known by its name", () => {
  expect(roleOf("operator")).toBe("operator");
});
