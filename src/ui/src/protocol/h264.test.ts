import { expect, test } from "vitest";
import { codecName } from "./h264.ts";

test("a key says which profile and level it is of", () => {
  const key = [0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x28, 0x95, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65];
  expect(codecName(new Uint8Array(key))).toBe("avc1.42c028");
  expect(codecName(new Uint8Array([9, 9, ...key]))).toBe("avc1.42c028");
});

test("a change says nothing of it, nor does what is cut off", () => {
  expect(codecName(new Uint8Array([0, 0, 0, 1, 0x41, 1, 2, 3, 4, 5]))).toBeNull();
  expect(codecName(new Uint8Array([0, 0, 0, 1, 0x67, 0x42]))).toBeNull();
  expect(codecName(new Uint8Array())).toBeNull();
});
