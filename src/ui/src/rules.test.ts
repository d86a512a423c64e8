import { expect, test } from "vitest";
import { isDeviceName, isUserName, strength } from "./rules.ts";

test.each([
  ["", "short"],
  ["1234567", "short"],
  ["12345678", "weak"],
  ["password1234567", "weak"],
  ["aaaaaaaaaaaaaaaa", "weak"],
  ["abcdefghijklmnop", "weak"],
  ["tqvzmkwp", "weak"],
  ["R7#kq9!x", "fair"],
  ["correct horse battery staple", "strong"],
])("%j is %s", (password, expected) => {
  expect(strength(password, "admin")).toBe(expected);
});

test("a password that has the user's name in it is weak", () => {
  expect(strength("r7#Kq9!x-Ada-2v", "ada")).toBe("weak");
  expect(strength("r7#Kq9!x-Ada-2v", "")).toBe("strong");
});

test("length counts characters, not code units", () => {
  expect(strength("😀😀😀😀", "")).toBe("short");
});

test.each(["ada", "a", "ops.team-1_x", "x".repeat(32)])("%j is a user name", (name) => {
  expect(isUserName(name)).toBe(true);
});

test.each(["", "Ada", "a b", "ä", "x".repeat(33), "a/b"])("%j is no user name", (name) => {
  expect(isUserName(name)).toBe(false);
});

test.each(["", "lab-3", "A1", "x".repeat(63)])("%j is a device name", (name) => {
  expect(isDeviceName(name)).toBe(true);
});

test.each(["-a", "a-", "a.b", "a b", "x".repeat(64)])("%j is no device name", (name) => {
  expect(isDeviceName(name)).toBe(false);
});
