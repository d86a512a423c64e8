import { describe, expect, test } from "vitest";
import type { Update } from "../api/update.ts";
import { JOB, job, QUIET, slotB, TRIAL } from "./fixtures.ts";
import { type Journey, step } from "./journey.ts";
import { barsOf, type PanelState, stateOf, stepsOf, TRIAL_MS } from "./panel.ts";

const says = (more: Partial<Update>): Update => ({ ...QUIET, ...more });

function follow(update: Update): Journey | null {
  return step(null, { type: "answered", update, nowMs: 0 });
}

describe("the state", () => {
  test.each([
    ["nothing goes on", QUIET, "none"],
    ["a job opens its bundle", says({ job: JOB }), "opening"],
    ["a job transfers", says({ job: job("transferring") }), "transferring"],
    ["it is installed and restarts by itself", says({ job: job("installed"), slots: slotB("installed") }), "leaving"],
    ["it is installed and waits", says({ job: job("installed", { restart: false }), slots: slotB("installed") }), "installed"],
    ["it was installed, and tried since", says({ job: job("installed", { restart: false }), slots: slotB("bad") }), "none"],
    ["it failed", says({ job: job("failed") }), "failed"],
    ["it was canceled", says({ job: job("canceled") }), "canceled"],
    ["a trial", TRIAL, "trial"],
  ] as [string, Update, PanelState][])("%s", (_name, update, expected) => {
    expect(stateOf(update, follow(update), null)).toBe(expected);
  });

  test("is none when how it ended was read, until the next one", () => {
    expect(stateOf(says({ job: job("failed") }), null, 7)).toBe("none");
    expect(stateOf(says({ job: job("failed", { id: 8 }) }), null, 7)).toBe("failed");
  });

  test("of a journey is told before the appliance has answered", () => {
    const away = step(follow(says({ job: job("installed"), slots: slotB("installed") })), { type: "silence", nowMs: 0 });
    expect(stateOf(null, away, null)).toBe("away");
    expect(stateOf(null, follow(says({ job: JOB })), null)).toBe("opening");
    expect(stateOf(null, null, null)).toBe("none");
  });
});

describe("the steps", () => {
  const text = (state: PanelState, whole = true) => stepsOf(state, whole).map(({ id, is }) => `${id} ${is}`);

  test("of an installation are seven, one of them now", () => {
    expect(text("transferring")).toEqual([
      "opening done",
      "preparing done",
      "transferring now",
      "verifying next",
      "restart next",
      "trial next",
      "confirmed next",
    ]);
    for (const state of ["opening", "preparing", "transferring", "verifying", "leaving", "away", "trial"] as const) {
      expect(stepsOf(state, true).filter(({ is }) => is === "now")).toHaveLength(1);
    }
  });

  test("of a mere start are three", () => {
    expect(text("away", false)).toEqual(["restart now", "trial next", "confirmed next"]);
  });

  test("end with it", () => {
    for (const state of ["none", "installed", "failed", "canceled", "confirmed", "back", "stayed", "lost"] as const) {
      expect(stepsOf(state, true)).toEqual([]);
    }
  });
});

describe("the bars", () => {
  test("of a transfer are what has come and what is written", () => {
    expect(barsOf("transferring", job("transferring", { fetched: 300, done: 4 }), 0)).toEqual([
      { label: "update.bar.received", done: 300, of: 1000 },
      { label: "update.bar.written", done: 4, of: 10 },
    ]);
  });

  test("know no end while the appliance knows none", () => {
    expect(barsOf("transferring", JOB, 0).map(({ of }) => of)).toEqual([null, null]);
    expect(barsOf("opening", JOB, 0)[0]!.of).toBeNull();
    expect(barsOf("away", null, 9000)[0]!.of).toBeNull();
  });

  test("of a trial is its time, and not more", () => {
    expect(barsOf("trial", null, 30_000)).toEqual([{ label: "update.bar.trial", done: 30_000, of: TRIAL_MS }]);
    expect(barsOf("trial", null, 300_000)[0]!.done).toBe(TRIAL_MS);
  });

  test("are none when nothing goes on", () => {
    expect(barsOf("failed", job("failed"), 0)).toEqual([]);
  });
});
