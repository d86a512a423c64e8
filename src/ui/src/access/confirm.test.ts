import { expect, test } from "vitest";
import { Confirmation } from "./confirm.ts";

test("whoever asks waits until it is proved", async () => {
  const confirmation = new Confirmation();
  expect(confirmation.asking.value).toBe(false);
  const asked = confirmation.ask();
  expect(confirmation.asking.value).toBe(true);
  confirmation.proved();
  expect(await asked).toBe(true);
  expect(confirmation.asking.value).toBe(false);
});

test("canceled is not proved", async () => {
  const confirmation = new Confirmation();
  const asked = confirmation.ask();
  confirmation.cancel();
  expect(await asked).toBe(false);
});

test("two actions at once are one question and one answer", async () => {
  const confirmation = new Confirmation();
  const both = [confirmation.ask(), confirmation.ask()];
  confirmation.proved();
  expect(await Promise.all(both)).toEqual([true, true]);
});

test("an answer serves those who asked before it, nobody later", async () => {
  const confirmation = new Confirmation();
  const first = confirmation.ask();
  confirmation.proved();
  await first;
  const second = confirmation.ask();
  expect(confirmation.asking.value).toBe(true);
  confirmation.cancel();
  expect(await second).toBe(false);
});
