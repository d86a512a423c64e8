import { describe, expect, test } from "vitest";
import type { SlotStatus, Update } from "../api/update.ts";
import { said } from "../i18n/format.ts";
import { BACK, CONFIRMED, GOOD, job, QUIET, slotB, TRIAL } from "./fixtures.ts";
import { cardsOf, startOf } from "./slots.ts";

const says = (more: Partial<Update>): Update => ({ ...QUIET, ...more });

describe("the cards", () => {
  test("stay in their places, whichever runs", () => {
    expect(cardsOf(QUIET).map(({ id, runs }) => [id, runs])).toEqual([["a", true], ["b", false]]);
    expect(cardsOf(CONFIRMED).map(({ id, runs }) => [id, runs])).toEqual([["a", false], ["b", true]]);
  });

  test.each([
    ["empty", "update.word.empty", "update.slot.empty"],
    ["writing", "update.word.writing", "update.slot.writing"],
    ["installed", "update.word.installed", "update.slot.installed"],
    ["trial", "update.word.trial", "update.slot.trial"],
    ["good", "update.word.good", "update.slot.good"],
    ["bad", "update.word.bad", "update.slot.bad"],
  ] as [SlotStatus, string, string][])("say of a slot that is %s what this means", (status, word, text) => {
    expect(cardsOf(says({ slots: slotB(status) }))[1]).toMatchObject({ word, text });
  });

  test("say why it failed in a sentence", () => {
    expect(cardsOf(BACK)[1]).toMatchObject({ text: "update.slot.bad.reason", values: { reason: said("its trial ended without a word") } });
  });

  test("tell a slot that is being written from one that was left", () => {
    expect(cardsOf(says({ slots: slotB("writing"), job: job("transferring") }))[1].text).toBe("update.slot.beingWritten");
  });

  test("of a trial say which one comes back", () => {
    const [other, now] = cardsOf(TRIAL);
    expect(now).toMatchObject({ id: "b", word: "update.word.trial", mark: "update.mark.notPrimary" });
    expect(other).toMatchObject({ id: "a", text: "update.slot.fallback", mark: "update.mark.primary" });
  });
});

describe("the start of the other slot", () => {
  test.each([
    ["goes back", CONFIRMED, "back"],
    ["goes forward again after that", says({ slots: slotB("good") }), "forward"],
    ["is of the same release on a new card", QUIET, "same"],
    ["tries what was installed", says({ slots: slotB("installed") }), "first"],
    ["tries again what failed", BACK, "again"],
    ["is possible when nobody knows the version", says({ slots: { a: GOOD, b: { ...GOOD, version: null } } }), "unknown"],
  ] as [string, Update, string][])("%s", (_name, update, kind) => {
    expect(startOf(update)).toMatchObject({ kind, refused: null });
  });

  test.each([
    ["it is empty", says({ slots: slotB("empty") })],
    ["it is not whole", says({ slots: slotB("writing") })],
    ["it is ordered already", says({ slots: slotB("trial") })],
    ["a trial is open", TRIAL],
    ["a job is under way", says({ slots: slotB("good"), job: job("preparing") })],
    ["the restart has begun", says({ restarting: true })],
  ])("is not offered when %s", (_name, update) => {
    expect(startOf(update)).toBeNull();
  });

  test("below the floor is refused before it is ordered", () => {
    expect(startOf({ ...CONFIRMED, floor: 3 })).toMatchObject({ kind: "back", refused: "update.start.floor" });
  });
});
