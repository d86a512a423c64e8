import { expect, test } from "vitest";
import { ClockOffset } from "./clock.ts";

test("nothing is known before the first answer", () => {
  expect(new ClockOffset().ageUs(0, 0)).toBeNull();
  expect(new ClockOffset().roundTripUs).toBeNull();
});

test("an age on the appliance's clock is measured with ours", () => {
  const clock = new ClockOffset();
  // Ours is 1,000,000 behind; the trip takes 2,000 each way.
  clock.answer(clock.ask(10_000), 1_012_000, 14_000);
  expect(clock.roundTripUs).toBe(4_000);
  expect(clock.ageUs(1_020_000, 50_000)).toBe(30_000);
});

test("the answer with the shortest trip counts, wherever it stands", () => {
  const clock = new ClockOffset();
  clock.answer(clock.ask(0), 1_090_000, 100_000);
  clock.answer(clock.ask(200_000), 1_200_500, 201_000);
  clock.answer(clock.ask(300_000), 1_380_000, 400_000);
  expect(clock.roundTripUs).toBe(1_000);
  expect(clock.ageUs(1_500_000, 500_000)).toBe(0);
});

test("an old best answer is forgotten in time, because clocks drift", () => {
  const clock = new ClockOffset();
  clock.answer(clock.ask(0), 5_000_000, 10);
  for (let i = 1; i <= 12; i++) clock.answer(clock.ask(i * 1e6), i * 1e6 + 500, i * 1e6 + 1_000);
  expect(clock.roundTripUs).toBe(1_000);
});

test("an answer to no question changes nothing", () => {
  const clock = new ClockOffset();
  clock.answer(99, 1, 2);
  const token = clock.ask(0);
  clock.answer(token, 100, 10);
  clock.answer(token, 900_000, 20);
  expect(clock.ageUs(100, 5)).toBe(0);
});

test("after a reconnect the old offset is gone", () => {
  const clock = new ClockOffset();
  const token = clock.ask(0);
  clock.answer(token, 100, 10);
  clock.forget();
  expect(clock.ageUs(0, 0)).toBeNull();
});

test("questions without answers do not pile up", () => {
  const clock = new ClockOffset();
  const first = clock.ask(0);
  for (let i = 0; i < 100; i++) clock.ask(i);
  clock.answer(first, 1, 1);
  expect(clock.roundTripUs).toBeNull();
});
