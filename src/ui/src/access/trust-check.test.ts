import { expect, test } from "vitest";
import { trustVerdict, type Workers } from "./trust-check.ts";

test("a browser that starts the worker trusts the device, and keeps no worker", async () => {
  const calls: string[] = [];
  const workers: Workers = {
    register: async (script, { scope }) => (calls.push(`${script} in ${scope}`), { unregister: async () => calls.push("sent away") }),
  };
  expect(await trustVerdict(workers)).toBe("trusted");
  expect(calls).toEqual(["/trust-check.js in /trust-check", "sent away"]);
});

test("a browser that refuses does not yet", async () => {
  expect(await trustVerdict({ register: () => Promise.reject(new DOMException("An SSL certificate error", "SecurityError")) })).toBe("untrusted");
});

test("no answer is no verdict", async () => {
  expect(await trustVerdict({ register: () => Promise.reject(new TypeError("network")) })).toBe("failed");
});

test("a browser without workers cannot tell", async () => {
  expect(await trustVerdict(undefined)).toBe("unable");
});
