import { describe, expect, test } from "vitest";
import type { Update } from "../api/update.ts";
import { BACK, CONFIRMED, JOB, job, QUIET, slotB, TRIAL } from "./fixtures.ts";
import { GRACE_MS, isUnderWay, type Journey, read, step } from "./journey.ts";

type Event = Partial<Update> | "silence" | "ordered" | { readonly pass: number };

const says = (more: Partial<Update>): Update => ({ ...QUIET, ...more });
const installing = says({ job: job("transferring"), slots: slotB("writing") });
const installed = says({ job: job("installed"), slots: slotB("installed") });
const waits = says({ job: job("installed", { restart: false }), slots: slotB("installed") });
const armed = says({ job: job("installed"), slots: slotB("trial") });

/** Where it is after all this. */
function after(...events: Event[]): Journey | null {
  let journey: Journey | null = null;
  let nowMs = 1000;
  let last = QUIET;
  for (const event of events) {
    if (typeof event === "object" && "pass" in event) nowMs += event.pass;
    else if (event === "silence") journey = step(journey, { type: "silence", nowMs });
    else if (event === "ordered") journey = step(journey, { type: "ordered", update: last, nowMs });
    else {
      last = says(event as Partial<Update>);
      journey = step(journey, { type: "answered", update: last, nowMs });
    }
  }
  return journey;
}
const leg = (...events: Event[]) => after(...events)?.is ?? "none";

describe("an installation", () => {
  test.each([
    ["nothing goes on", [QUIET], "none"],
    ["a job has begun", [says({ job: JOB })], "installing"],
    ["the network fails meanwhile", [installing, "silence"], "installing"],
    ["it fails", [installing, says({ job: job("failed") })], "none"],
    ["it is canceled", [installing, says({ job: job("canceled") })], "none"],
    ["it is installed and waits for the owner", [installing, waits], "none"],
    ["it is installed and restarts", [installing, installed], "leaving"],
    ["the restart was ordered", [installing, armed], "leaving"],
    ["the page came when it was installed already", [installed], "leaving"],
    ["the appliance is silent then", [installing, installed, "silence"], "away"],
    ["it answers from the other slot", [installing, installed, "silence", TRIAL], "trial"],
    ["the trial goes on", [installing, installed, "silence", TRIAL, TRIAL], "trial"],
    ["the trial is silent for a moment", [installing, installed, "silence", TRIAL, "silence"], "trial"],
    ["the trial was passed", [installing, installed, "silence", TRIAL, CONFIRMED], "confirmed"],
    ["nobody looked until it was confirmed", [installing, installed, "silence", CONFIRMED], "confirmed"],
    ["the trial failed", [installing, installed, "silence", TRIAL, "silence", BACK], "back"],
    ["it never came up", [installing, installed, "silence", BACK], "back"],
    ["it went back so fast that no silence was heard", [installing, armed, BACK], "back"],
  ] as [string, Event[], string][])("%s", (_name, events, expected) => {
    expect(leg(...events)).toBe(expected);
  });

  test("says which versions, and why it went back", () => {
    expect(after(installing, installed, "silence", TRIAL, BACK)).toMatchObject({
      from: "a",
      to: "b",
      version: "1.2.3",
      before: "1.1.0",
      installed: true,
      reason: "its trial ended without a word",
    });
  });

  test("learns the version when the head has been read", () => {
    expect(after(says({ job: JOB }))).toMatchObject({ version: null });
    expect(after(says({ job: JOB }), installing)).toMatchObject({ version: "1.2.3", before: "1.1.0" });
  });

  test("that has ended stays until it is read", () => {
    const journey = after(installing, installed, "silence", CONFIRMED, CONFIRMED, "silence", CONFIRMED);
    expect(journey?.is).toBe("confirmed");
    expect(step(journey, { type: "dismissed" })).toBeNull();
  });

  test("is not begun again by a job that ended long ago", () => {
    expect(leg({ ...CONFIRMED, job: job("installed") })).toBe("none");
    expect(leg({ ...BACK, job: job("installed") })).toBe("none");
    expect(leg(says({ job: job("installed"), slots: slotB("installed", { version: "1.2.4" }) }))).toBe("none");
  });

  test("that goes on cannot be put away", () => {
    for (const events of [[installing], [installed], [installed, "silence"], [TRIAL]] as Event[][]) {
      const journey = after(...events);
      expect(step(journey, { type: "dismissed" })).toBe(journey);
      expect(isUnderWay(journey)).toBe(true);
    }
  });

  test("follows the one before", () => {
    expect(leg(installing, installed, "silence", CONFIRMED, { ...CONFIRMED, job: job("opening") })).toBe("installing");
    expect(after(TRIAL, BACK, installing)).toMatchObject({ is: "installing", from: "a", to: "b", reason: null });
  });
});

describe("an appliance that was restarted in the middle of an installation", () => {
  test.each([
    ["lost it", [installing, "silence", says({ slots: slotB("writing") })], "lost"],
    ["had not begun to write", [says({ job: JOB }), "silence", QUIET], "lost"],
    ["had it installed already", [installing, "silence", says({ slots: slotB("installed") })], "none"],
    ["had ordered the trial already", [installing, "silence", says({ slots: slotB("trial") })], "leaving"],
    ["is on trial already", [installing, "silence", TRIAL], "trial"],
    ["is through with it", [installing, "silence", CONFIRMED], "confirmed"],
    ["has been there and back", [installing, "silence", BACK], "back"],
    ["has another release that failed before", [installing, "silence", says({ slots: slotB("bad", { version: "1.2.0" }) })], "lost"],
  ] as [string, Event[], string][])("%s", (_name, events, expected) => {
    expect(leg(...events)).toBe(expected);
  });
});

describe("a start of the other slot", () => {
  const good = says({ slots: slotB("good") });
  const bad = BACK;

  test.each([
    ["is ordered", [good, "ordered"], "leaving"],
    ["never happens after an installation", [installing, installed, { pass: GRACE_MS }, installed, installed], "stayed"],
    ["is about to happen", [good, "ordered", good], "leaving"],
    ["never happens", [good, "ordered", { pass: GRACE_MS }, good], "stayed"],
    ["is being carried out for long", [good, "ordered", { pass: GRACE_MS }, { ...good, restarting: true }], "leaving"],
    ["is being carried out by somebody else's order", [{ ...bad, restarting: true }], "leaving"],
    ["was prevented by a power cut", [good, "ordered", "silence", good], "stayed"],
    ["was refused by the board's firmware", [installed, says({ job: job("failed"), slots: slotB("installed") })], "none"],
    ["leads to a trial", [good, "ordered", "silence", TRIAL], "trial"],
    ["was ordered by somebody else", [says({ slots: slotB("trial") })], "leaving"],
    ["is found on trial", [TRIAL], "trial"],
    ["of a slot that had failed is no failure yet", [bad, "ordered", bad], "leaving"],
    ["of a slot that had failed fails again", [bad, "ordered", bad, "silence", bad], "back"],
    ["of a slot that had failed fails unseen", [bad, "ordered", says({ slots: slotB("trial") }), bad], "back"],
    ["of a slot that had failed is forgotten", [bad, "ordered", { pass: GRACE_MS }, bad], "back"],
    ["is silent for a moment before it goes", [good, "ordered", "silence", says({ slots: slotB("trial") })], "leaving"],
  ] as [string, Event[], string][])("%s", (_name, events, expected) => {
    expect(leg(...events)).toBe(expected);
  });

  test("is not an installation", () => {
    expect(after(good, "ordered")).toMatchObject({ installed: false, version: "1.2.3", before: "1.1.0" });
    expect(after(waits, "ordered")).toMatchObject({ installed: true });
    const old = { ...CONFIRMED, job: job("installed") };
    expect(after(old, "ordered")).toMatchObject({ installed: false, version: "1.1.0", to: "a" });
  });

  test("from B to A is told the same way", () => {
    const gone: Update = { ...QUIET, running: "a", trial: true, primary: "b", slots: { ...CONFIRMED.slots, a: { ...QUIET.slots.a, status: "trial" } } };
    expect(after(CONFIRMED, "ordered", "silence", gone)).toMatchObject({ is: "trial", from: "b", to: "a", version: "1.1.0", before: "1.2.3" });
    expect(leg(CONFIRMED, "ordered", "silence", gone, { ...gone, trial: false, primary: "a" })).toBe("confirmed");
  });

  test("that is not yet settled is not confirmed", () => {
    expect(leg(TRIAL, { ...TRIAL, trial: false })).toBe("trial");
  });
});

describe("what a browser kept", () => {
  test("is gone on with", () => {
    const journey = after(installing, installed, "silence");
    expect(read(JSON.stringify(journey))).toEqual(journey);
  });

  test("is nothing when it goes nowhere", () => {
    expect(read(JSON.stringify({ ...after(TRIAL), from: "b" }))).toBeNull();
  });

  test.each([null, "", "{", "7", "null", "{}", '{"is":"trial","from":"a","to":"a"}', '{"is":"gone"}', '{"is":"trial","from":"a","to":"b","installed":true,"wasBad":false,"sinceMs":1,"version":7,"before":null,"reason":null}'])(
    "is nothing when it is %j",
    (text) => {
      expect(read(text)).toBeNull();
    },
  );
});
