import { expect, test } from "vitest";
import type { Level, Line } from "../api/diagnostics.ts";
import { found, MOST, withLine } from "./log.ts";

const line = (number: number, level: Level = "info", text = `line ${number}`): Line => ({ number, time: null, uptime_ms: 0, level, part: "net", text });
const numbers = (lines: readonly Line[]) => lines.map(({ number }) => number);

test("the newest lines are kept, each once", () => {
  let lines: readonly Line[] = [];
  for (let number = 1; number <= MOST + 2; number += 1) lines = withLine(lines, line(number));
  lines = withLine(lines, line(MOST + 2));
  expect([lines.length, lines[0]!.number, lines.at(-1)!.number]).toEqual([MOST, 3, MOST + 2]);
});

test("an appliance that has restarted begins anew", () => {
  expect(numbers(withLine([line(7), line(8)], line(1)))).toEqual([1]);
});

test("a filter asks for gravity and for words anywhere, and shows the newest first", () => {
  const lines = [line(1, "error", "the card"), line(2, "warn"), line(3, "info", "the CARD again"), line(4, "debug")];
  expect(numbers(found(lines, "debug", ""))).toEqual([4, 3, 2, 1]);
  expect(numbers(found(lines, "warn", ""))).toEqual([2, 1]);
  expect(numbers(found(lines, "info", "card"))).toEqual([3, 1]);
  expect(numbers(found(lines, "info", "net again"))).toEqual([3]);
  expect(found(lines, "info", "error card")[0]!.text).toBe("the card");
});
