// One update from its first byte to its end: what this browser knows of it across restarts of the appliance, reloads of
// the page and a lost network. The appliance says how its slots stand; what that means follows from what came before. Pure.
//
//   none ─job─▶ installing ─installed, restarts─▶ leaving ─silence─▶ away ─answers from the other slot─▶ trial ─▶ confirmed
//    ▲              │  └─job is gone: lost          ▲  └────── answers from the old slot ──────┐        │
//    └─ended or not to restart                      │                                          ▼        ▼
//   none ─a trial is ordered (roll back, try again)─┘                      stayed (never started), back (went back: why)

import type { Job, SlotId, Stage, Update } from "../api/update.ts";

interface Trip {
  readonly from: SlotId;
  readonly to: SlotId;
  /** The version that goes to the slot; `null` until the appliance has read it. */
  readonly version: string | null;
  /** The version that ran before. */
  readonly before: string | null;
  /** It began with an installation, not with what was in the slot already. */
  readonly installed: boolean;
  /** The slot had failed before: that it is bad is no news yet. */
  readonly wasBad: boolean;
  /** When this leg began, by this browser's clock. */
  readonly sinceMs: number;
}

export type Leg = "installing" | "leaving" | "away" | "trial" | "confirmed" | "back" | "stayed" | "lost";

export interface Journey extends Trip {
  readonly is: Leg;
  /** Why it went back; the appliance's own words. */
  readonly reason: string | null;
}

export type News =
  | { readonly type: "answered"; readonly update: Update; readonly nowMs: number }
  /** The appliance has taken the order to start the other slot. */
  | { readonly type: "ordered"; readonly update: Update; readonly nowMs: number }
  | { readonly type: "silence"; readonly nowMs: number }
  | { readonly type: "dismissed" };

/** So long after the order the appliance may still answer from the slot that it leaves. */
export const GRACE_MS = 30_000;

export function other(slot: SlotId): SlotId {
  return slot === "a" ? "b" : "a";
}

type ActiveStage = Exclude<Stage, "installed" | "failed" | "canceled">;

/** Somebody works on the other slot. */
export function isActive(job: Job | null): job is Job & { readonly stage: ActiveStage } {
  return job !== null && !["installed", "failed", "canceled"].includes(job.stage);
}

/** It goes on by itself: the page must keep asking. */
export function isUnderWay(journey: Journey | null): journey is Journey {
  return journey !== null && ["installing", "leaving", "away", "trial"].includes(journey.is);
}

export function step(journey: Journey | null, news: News): Journey | null {
  switch (news.type) {
    case "ordered":
      return trip("leaving", news.update, news.update.running, news.nowMs);
    case "silence":
      return journey?.is === "leaving" ? leg(journey, "away", news.nowMs) : journey;
    case "dismissed":
      return isUnderWay(journey) ? journey : null;
    case "answered":
      return answered(journey, news.update, news.nowMs);
  }
}

function answered(journey: Journey | null, update: Update, nowMs: number): Journey | null {
  switch (journey?.is) {
    case "installing":
      return installing(journey, update, nowMs);
    case "leaving":
    case "away":
      return restarting(journey, update, nowMs);
    case "trial":
      return onTrial(journey, update, nowMs);
    default:
      return begun(journey, update, nowMs);
  }
}

/** Something is under way that this browser did not know of. */
function begun(before: Journey | null, update: Update, nowMs: number): Journey | null {
  const { running, trial, slots, job, restarting } = update;
  if (trial) return trip("trial", update, other(running), nowMs);
  if (isActive(job)) return trip("installing", update, running, nowMs);
  const ordered = restarting || slots[other(running)].status === "trial" || (before === null && restarts(job) && holds(update, other(running)));
  return ordered ? trip("leaving", update, running, nowMs) : before;
}

function installing(journey: Journey, update: Update, nowMs: number): Journey | null {
  const { job, slots, running } = update;
  const known = job?.version ? { ...journey, version: job.version } : journey;
  if (isActive(job)) return known;
  if (job) return restarts(job) ? leg(known, "leaving", nowMs) : null;
  // The appliance was restarted meanwhile, and has forgotten the job.
  const { status, version } = slots[journey.to];
  if (running === journey.to) return arrived(known, update, nowMs);
  if (status === "trial") return leg(known, "leaving", nowMs);
  const same = version === known.version;
  if (status === "bad" && same) return back(known, update, nowMs);
  return status === "installed" && same ? null : leg(known, "lost", nowMs);
}

function restarting(journey: Journey, update: Update, nowMs: number): Journey | null {
  const { job, slots, running } = update;
  if (running === journey.to) return arrived(journey, update, nowMs);
  if (job?.stage === "failed") return null;
  const { status } = slots[journey.to];
  if (update.restarting) return leg(journey, "leaving", nowMs);
  const early = journey.is === "leaving" && nowMs - journey.sinceMs < GRACE_MS;
  if (status === "trial") return journey.is === "away" ? leg(journey, "leaving", nowMs) : { ...journey, wasBad: false };
  if (status === "bad") return early && journey.wasBad ? journey : back(journey, update, nowMs);
  return early ? journey : leg(journey, "stayed", nowMs);
}

function onTrial(journey: Journey, update: Update, nowMs: number): Journey {
  if (update.running === journey.to) return arrived(journey, update, nowMs);
  return update.slots[journey.to].status === "bad" ? back(journey, update, nowMs) : journey;
}

function arrived(journey: Journey, update: Update, nowMs: number): Journey {
  const known = { ...journey, version: update.slots[journey.to].version ?? journey.version };
  if (update.trial) return journey.is === "trial" ? known : leg(known, "trial", nowMs);
  return update.primary === journey.to ? leg(known, "confirmed", nowMs) : journey;
}

function back(journey: Journey, update: Update, nowMs: number): Journey {
  const { reason, version } = update.slots[journey.to];
  return { ...leg(journey, "back", nowMs), reason, version: version ?? journey.version };
}

function restarts(job: Job | null): boolean {
  return job?.stage === "installed" && job.restart;
}

/** What the job has installed is still in that slot, and was not tried yet. */
function holds({ slots, job }: Update, slot: SlotId): boolean {
  const { status, version } = slots[slot];
  return job?.stage === "installed" && job.version === version && (status === "installed" || status === "trial");
}

function trip(is: Leg, update: Update, from: SlotId, nowMs: number): Journey {
  const { slots, job } = update;
  const to = other(from);
  // A job that has ended stays in the answers for long: it may be about another release.
  const installed = is === "installing" || holds(update, to);
  const version = is === "installing" ? (job?.version ?? null) : slots[to].version;
  const wasBad = slots[to].status === "bad";
  return { is, from, to, version, before: slots[from].version, installed, wasBad, reason: null, sinceMs: nowMs };
}

function leg(journey: Journey, is: Leg, nowMs: number): Journey {
  return journey.is === is ? journey : { ...journey, is, sinceMs: nowMs };
}

const LEGS: readonly string[] = ["installing", "leaving", "away", "trial", "confirmed", "back", "stayed", "lost"] satisfies Leg[];

/** What a browser kept is as hostile as any other input. */
export function read(text: string | null): Journey | null {
  try {
    const kept = JSON.parse(text ?? "null") as Partial<Record<keyof Journey, unknown>> | null;
    return kept !== null && isJourney(kept) ? kept : null;
  } catch {
    return null;
  }
}

function isJourney(kept: Partial<Record<keyof Journey, unknown>>): kept is Journey {
  const slot = (value: unknown) => value === "a" || value === "b";
  const text = (value: unknown) => value === null || typeof value === "string";
  const flags = typeof kept.installed === "boolean" && typeof kept.wasBad === "boolean" && typeof kept.sinceMs === "number";
  const words = text(kept.version) && text(kept.before) && text(kept.reason);
  return LEGS.includes(kept.is as string) && slot(kept.from) && slot(kept.to) && kept.from !== kept.to && flags && words;
}
