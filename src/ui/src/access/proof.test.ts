import { expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import { said } from "../i18n/format.ts";
import { asksAfter, codeOf, wordsFor } from "./proof.ts";

const refused = (code: string, status = 401) => new ApiError(status, code, "no", 0);

test("a right password of somebody with a second factor leads to the code, without a complaint", () => {
  expect(asksAfter("password", refused("second_factor"))).toBe("code");
  expect(wordsFor(refused("second_factor"))).toBeNull();
});

test("a wrong code asks for another code and says so", () => {
  expect(asksAfter("code", refused("second_factor_wrong"))).toBe("code");
  expect(wordsFor(refused("second_factor_wrong"))?.key).toBe("login.code.wrong");
});

test("a wrong password says nothing about codes", () => {
  expect(asksAfter("password", refused("login"))).toBe("password");
  expect(wordsFor(refused("login"))?.key).toBe("login.wrong");
});

test("a password that is wrong by now leads back to the password", () => {
  expect(asksAfter("code", refused("login"))).toBe("password");
});

test("what has nothing to do with it leaves the question as it is", () => {
  expect(asksAfter("code", new ApiError(0, "unreachable", "", 0))).toBe("code");
  expect(asksAfter("code", refused("throttled", 429))).toBe("code");
  expect(asksAfter("code", null)).toBe("code");
});

test("a wait is said by its countdown alone", () => {
  expect(wordsFor(refused("throttled", 429))).toBeNull();
});

test("silence is said as such", () => {
  expect(wordsFor(new ApiError(0, "unreachable", "", 0))?.key).toBe("error.unreachable");
});

test("a clock that is not set is no wrong code", () => {
  expect(wordsFor(refused("second_factor_clock"))?.key).toBe("login.code.clock");
});

test("a refusal that the page does not know is passed on in the appliance's words", () => {
  expect(wordsFor(refused("odd", 500))).toEqual({ key: "error.server", values: { message: said("no") } });
});

test.each([
  ["123 456", "123456"],
  [" abcd-efgh\t", "abcd-efgh"],
])("%j is sent as %j", (typed, sent) => {
  expect(codeOf(typed)).toBe(sent);
});
