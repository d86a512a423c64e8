import { describe, expect, test, vi } from "vitest";
import { ApiError } from "../api/client.ts";
import type { PasteApi, PasteRequest, Progress } from "../api/paste.ts";
import { PasteDesk } from "./desk.ts";

/** An appliance that has three layouts and types as it is told. */
function appliance() {
  let progress: Progress | null = null;
  const begun: PasteRequest[] = [];
  const kept: { id: string | null } = { id: null };
  const api: PasteApi = {
    layouts: async () => ["de", "fr", "us"].map((id) => ({ id, title: id.toUpperCase() })),
    layout: async (id) => ({ id, title: id, keys: [], accents: {}, characters: id === "de" ? "aä" : "a" }),
    progress: async () => progress,
    begin: async (request) => {
      begun.push(request);
      progress = { total: 3, typed: 0, phase: "typing" };
    },
    steer: async () => {
      throw new ApiError(409, "not_pasting", "no text is being typed", 0);
    },
  };
  const memory = { read: () => kept.id, write: (id: string) => void (kept.id = id) };
  return { desk: new PasteDesk(api, memory), begun, kept, is: (next: Progress | null) => void (progress = next) };
}

const typing = (typed: number): Progress => ({ total: 3, typed, phase: "typing" });
const done: Progress = { total: 3, typed: 3, phase: "done" };

describe("the paste dialog", () => {
  test("begins with the layout that was chosen last for this device", async () => {
    const { desk, kept } = appliance();
    kept.id = "de";
    await desk.open();
    expect(desk.layout.value).toBe("de");
    await desk.choose("fr");
    expect(kept.id).toBe("fr");
  });

  test("falls back to the US layout when the one that was kept is gone", async () => {
    const { desk, kept } = appliance();
    kept.id = "klingon";
    await desk.open();
    expect(desk.layout.value).toBe("us");
  });

  test("marks what the chosen layout does not have, before anything is sent", async () => {
    const { desk, begun } = appliance();
    await desk.open();
    desk.text.value = "aä";
    expect(desk.marked.value.unknown).toBe(1);
    await desk.choose("de");
    expect(desk.marked.value.unknown).toBe(0);
    expect(begun).toEqual([]);
  });

  test("sends the text with the choices, and the seat of who is in control", async () => {
    const { desk, begun } = appliance();
    await desk.open();
    desk.text.value = "a";
    desk.unknown.value = "skip";
    desk.lineEnd.value = "shift_enter";
    desk.delay.value = "50";
    await desk.begin("7");
    const expected = { text: "a", layout: "us", unknown: "skip", ways: {}, line_end: "shift_enter", delay_ms: 50, dry_run: false, seat: "7" };
    expect(begun).toEqual([expected]);
  });

  test("sends a way of their own for single characters, of those that are in the text", async () => {
    const { desk, begun } = appliance();
    await desk.open();
    desk.text.value = "äö";
    desk.go("ä", "ctrl_shift_u");
    desk.go("ß", "skip");
    desk.go("ö", "skip");
    desk.go("ö", null);
    expect(["ä", "ö"].map((character) => desk.wayOf(character))).toEqual(["ctrl_shift_u", "replace"]);
    await desk.begin(null);
    expect(begun[0]!.ways).toEqual({ ä: "ctrl_shift_u" });
  });

  test("knows when nothing of a text would be typed", async () => {
    const { desk } = appliance();
    await desk.open();
    expect(desk.something.value).toBe(false);
    desk.text.value = "ä";
    expect(desk.something.value).toBe(true);
    desk.go("ä", "skip");
    expect(desk.something.value).toBe(false);
    desk.text.value = "äa";
    expect(desk.something.value).toBe(true);
  });

  test("follows the typing to its end and asks no more then", async () => {
    vi.useFakeTimers();
    const { desk, is } = appliance();
    await desk.open();
    await desk.begin(null);
    is(typing(2));
    await vi.advanceTimersByTimeAsync(250);
    expect(desk.progress.value).toEqual(typing(2));
    is(done);
    await vi.advanceTimersByTimeAsync(250);
    expect(desk.progress.value).toEqual(done);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  test("shows what is being typed when it opens, but not what was typed long ago", async () => {
    const before = appliance();
    before.is(done);
    await before.desk.open();
    expect(before.desk.progress.value).toBeNull();
    const now = appliance();
    now.is(typing(1));
    await now.desk.open();
    expect(now.desk.progress.value).toEqual(typing(1));
    now.desk.close();
  });

  test("says why nothing is typed, and minds no stop that comes too late", async () => {
    const { desk } = appliance();
    await desk.open();
    await desk.steer("stop");
    expect(desk.trouble.value).toBeNull();
  });
});
