import { expect, test } from "vitest";
import { drawingOf } from "./qr.ts";

test("each run of dark modules is one rectangle, within a quiet zone of four", () => {
  expect(drawingOf(["110", "001", "000"])).toEqual({ size: 11, path: "M4 4h2v1h-2zM6 5h1v1h-1z" });
});

test("two runs in a row are two rectangles", () => {
  expect(drawingOf(["101"]).path).toBe("M4 4h1v1h-1zM6 4h1v1h-1z");
});

test("nothing dark draws nothing", () => {
  expect(drawingOf(["00", "00"]).path).toBe("");
});
