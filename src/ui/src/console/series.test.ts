import { expect, test } from "vitest";
import { append, lines, scaleTop, type Second, secondOf, SECONDS } from "./series.ts";

const measured = { fps: 30, kbitPerSecond: 100, latencyMs: 20, skipped: 1, undecodable: 2 };

test("drops are the appliance's and the page's together", () => {
  expect(secondOf(measured, 10, 15)).toEqual({ fps: 30, kbitPerSecond: 100, latencyMs: 20, drops: 8 });
});

test("before the first count and after a restart only the page's drops are known", () => {
  expect(secondOf(measured, null, 500).drops).toBe(3);
  expect(secondOf(measured, 500, 2).drops).toBe(3);
});

test("only the last minute is kept", () => {
  let series: readonly Second[] = [];
  for (let fps = 0; fps < 100; fps++) series = append(series, { fps, kbitPerSecond: 0, latencyMs: null, drops: 0 });
  expect(series).toHaveLength(SECONDS);
  expect(series[0]!.fps).toBe(40);
});

test("the newest value is at the right edge", () => {
  expect(lines([5, 10], 10)).toEqual([[{ x: 1 - 1 / 59, y: 0.5 }, { x: 1, y: 1 }]]);
});

test("a second without a value breaks the line", () => {
  expect(lines([null, 1, null, null, 2], 10).map((run) => run.length)).toEqual([1, 1]);
});

test.each([
  [[], 1, 1],
  [[0, null], 10, 10],
  [[11], 10, 20],
  [[30], 1, 50],
  [[50], 1, 50],
  [[51], 1, 100],
  [[1234], 1, 2000],
])("the scale for %j, at least %d, goes to %d", (values, least, top) => {
  expect(scaleTop(values, least)).toBe(top);
});
