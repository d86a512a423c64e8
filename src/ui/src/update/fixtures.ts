// What an appliance says of its updates, for tests.

import type { Channel, Job, Slot, Update } from "../api/update.ts";

export const GOOD: Slot = { status: "good", reason: null, version: "1.1.0", rollback_index: 0, created: 1_700_000_000 };

export const CHANNEL: Channel = { url: null, check: "daily", auto: false, window: "02:00-04:00", checked: null, latest: null, error: null };

/** Slot A runs 1.1.0, slot B has the same; nothing goes on. */
export const QUIET: Update = {
  available: true,
  unavailable: null,
  running: "a",
  primary: "a",
  trial: false,
  restarting: false,
  floor: 0,
  slots: { a: GOOD, b: GOOD },
  job: null,
  channel: CHANNEL,
};

export const JOB: Job = {
  id: 7,
  source: "upload",
  stage: "opening",
  version: null,
  notes: "",
  key: null,
  created: null,
  done: 0,
  of: 0,
  fetched: 0,
  size: null,
  resume_at: null,
  restart: true,
  error: null,
};

/** A job that knows its release. */
export function job(stage: Job["stage"], more: Partial<Job> = {}): Job {
  return { ...JOB, version: "1.2.3", key: "26154CAF55052246", size: 1000, of: 10, ...more, stage };
}

export function slotB(status: Slot["status"], more: Partial<Slot> = {}): Update["slots"] {
  return { a: GOOD, b: { ...GOOD, version: "1.2.3", created: 1_767_225_600, ...more, status } };
}

/** B runs on trial. */
export const TRIAL: Update = { ...QUIET, running: "b", trial: true, slots: slotB("trial") };
export const CONFIRMED: Update = { ...QUIET, running: "b", primary: "b", slots: slotB("good") };
export const BACK: Update = { ...QUIET, slots: slotB("bad", { reason: "its trial ended without a word" }) };
