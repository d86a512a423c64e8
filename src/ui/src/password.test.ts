import { expect, test } from "vitest";
import { strength } from "./password.ts";

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
