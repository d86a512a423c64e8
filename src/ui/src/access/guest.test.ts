import { expect, test } from "vitest";
import { guestLink, guestTokenOf } from "./guest.ts";

test("a link's token is found in its fragment", () => {
  expect(guestTokenOf("#guest=fsg_AbC-12_3")).toBe("fsg_AbC-12_3");
});

test.each(["", "#", "#trust", "#settings/guests", "#guest=", "#guest=a b", "#guest=<x>", `#guest=${"x".repeat(257)}`])("%j is no guest link", (hash) => {
  expect(guestTokenOf(hash)).toBeNull();
});

test("a link leads to where the page is, and its token is found again", () => {
  const link = guestLink("https://192.0.2.7:8443", "/#guest=abc");
  expect(link).toBe("https://192.0.2.7:8443/#guest=abc");
  expect(guestTokenOf(new URL(link).hash)).toBe("abc");
});
