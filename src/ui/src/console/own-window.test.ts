import { expect, test } from "vitest";
import { sizeFor } from "./own-window.ts";

const SCREEN = { width: 1920, height: 1080 };

test("a window of its own is as large as the picture and the strip, in pixels of the screen", () => {
  expect(sizeFor({ width: 800, height: 600 }, SCREEN, 1)).toEqual({ width: 800, height: 634 });
  expect(sizeFor({ width: 1600, height: 1200 }, SCREEN, 2)).toEqual({ width: 800, height: 634 });
});

test("it fits on the screen, and the picture keeps its shape", () => {
  const { width, height } = sizeFor({ width: 3840, height: 2160 }, SCREEN, 1);
  expect(width / (height - 34)).toBeCloseTo(16 / 9, 2);
  expect(width).toBeLessThan(SCREEN.width);
  expect(height).toBeLessThan(SCREEN.height);
});

test("without a picture it has a usual size", () => {
  expect(sizeFor({ width: 0, height: 0 }, SCREEN, 1)).toEqual({ width: 1280, height: 754 });
});
