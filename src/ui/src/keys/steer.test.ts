import { expect, test } from "vitest";
import { nearest } from "./steer.ts";

const box = (left: number, top: number, width = 10) => ({ left, top, width, height: 10 });
/** Two rows, the lower one half a key to the right, and a wide key below. */
const BOARD = [box(0, 0), box(10, 0), box(20, 0), box(5, 10), box(15, 10), box(0, 20, 30)];

test("the arrows lead to the key beside, above and below", () => {
  expect(nearest(BOARD, 0, "right")).toBe(1);
  expect(nearest(BOARD, 2, "left")).toBe(1);
  expect(nearest(BOARD, 2, "down")).toBe(4);
  expect(nearest(BOARD, 5, "up")).toBe(3);
});

test("at the edge they lead nowhere", () => {
  expect(nearest(BOARD, 0, "left")).toBe(0);
  expect(nearest(BOARD, 5, "down")).toBe(5);
  expect(nearest(BOARD, 2, "right")).toBe(2);
});
