import { beforeAll, expect, test, vi } from "vitest";
import { ApiError } from "../api/client.ts";

// The texts look at the browser when they are loaded.
beforeAll(() => {
  vi.stubGlobal("document", { documentElement: { dataset: {} } });
  vi.stubGlobal("location", { search: "" });
});

test.each([
  ["awake", "toast.wake.awake"],
  ["cannot_wake", "toast.wake.cannot"],
  ["still_asleep", "toast.wake.asleep"],
  ["not_managed", "toast.usb.elsewhere"],
  ["internal", "toast.usb.failed"],
])("the refusal %s has words of its own", async (code, key) => {
  const { refusalOf } = await import("./cable.ts");
  expect(refusalOf(new ApiError(409, code, "", 0))).toBe(key);
});

test("what is no answer is told as silence", async () => {
  const { refusalOf } = await import("./cable.ts");
  expect(refusalOf(new Error("broken"))).toBe("toast.usb.failed");
});
