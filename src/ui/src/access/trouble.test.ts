import { expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import { said } from "../i18n/format.ts";
import { troubleOf } from "./trouble.ts";

test("the last admin has a sentence of its own", () => {
  expect(troubleOf(new ApiError(409, "last_admin", "x", 0))?.key).toBe("access.lastAdmin");
});

test("whoever leaves the question for the password is told nothing", () => {
  expect(troubleOf(new ApiError(403, "confirm", "x", 0))).toBeNull();
});

test("an ended session is the login's affair", () => {
  expect(troubleOf(new ApiError(401, "no_session", "x", 0))).toBeNull();
});

test("a wait says how long", () => {
  expect(troubleOf(new ApiError(429, "throttled", "x", 7))?.values).toEqual({ seconds: 7 });
});

test("what the page does not know is passed on in sentences", () => {
  expect(troubleOf(new ApiError(422, "odd", "the key is weak", 0, "make another"))).toEqual({
    code: "odd",
    key: "error.server",
    values: { message: said("the key is weak", "make another") },
  });
});

test("an answer that broke off is silence", () => {
  expect(troubleOf(new TypeError("broken"))?.key).toBe("error.unreachable");
});
