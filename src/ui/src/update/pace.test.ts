import { expect, test } from "vitest";
import { pace, type Sample, secondsLeft } from "./pace.ts";

function run(...samples: [number, number][]): readonly Sample[] {
  return samples.reduce<readonly Sample[]>((all, [atMs, done]) => pace(all, done, atMs), []);
}

test("what is left takes as long as it took lately", () => {
  expect(secondsLeft(run([0, 0], [5000, 50]), 100)).toBe(5);
  expect(secondsLeft(run([0, 0], [60_000, 10], [70_000, 60]), 100)).toBe(8);
});

test.each([
  ["at the beginning", run([0, 0], [1000, 50])],
  ["when nothing moves", run([0, 50], [9000, 50])],
  ["without anything", run()],
])("nobody can tell %s", (_name, samples) => {
  expect(secondsLeft(samples, 100)).toBeNull();
});

test("another stage begins anew", () => {
  expect(run([0, 0], [5000, 90], [6000, 2])).toEqual([{ atMs: 6000, done: 2 }]);
});

test("it never says that no time is left", () => {
  expect(secondsLeft(run([0, 0], [5000, 100]), 100)).toBe(1);
});
