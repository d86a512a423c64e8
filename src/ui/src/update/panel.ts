// What the page shows of an update: its state in one word, the steps, and how far the present one is. Pure.

import type { Job, Stage, Update } from "../api/update.ts";
import type { Key } from "../i18n/index.ts";
import { other, type Journey, type Leg } from "./journey.ts";

export type PanelState = "none" | Stage | Exclude<Leg, "installing">;

export type StepId = "opening" | "preparing" | "transferring" | "verifying" | "restart" | "trial" | "confirmed";

export interface Step {
  readonly id: StepId;
  readonly is: "done" | "now" | "next";
}

export interface Bar {
  readonly label: Key;
  readonly done: number;
  /** `null`: nobody knows how much it is. */
  readonly of: number | null;
}

const INSTALL: readonly StepId[] = ["opening", "preparing", "transferring", "verifying"];
const START: readonly StepId[] = ["restart", "trial", "confirmed"];

const STEP_OF: Partial<Record<PanelState, StepId>> = {
  opening: "opening",
  preparing: "preparing",
  transferring: "transferring",
  verifying: "verifying",
  leaving: "restart",
  away: "restart",
  trial: "trial",
};

/** A trial is decided in this time, or the appliance goes back. */
export const TRIAL_MS = 90_000;
/** A restart that takes longer than this is no ordinary one. */
export const LONG_AWAY_MS = 150_000;

/** `read`: the job whose end was read. */
export function stateOf(update: Update | null, journey: Journey | null, read: number | null): PanelState {
  const job = update?.job ?? null;
  if (journey?.is === "installing") return job?.stage ?? "opening";
  if (journey) return journey.is;
  if (!update || !job || job.id === read) return "none";
  const { status } = update.slots[other(update.running)];
  if (job.stage === "installed") return status === "installed" && !job.restart ? "installed" : "none";
  return job.stage === "failed" || job.stage === "canceled" ? job.stage : "none";
}

/** Empty when there is nothing to follow any more. */
export function stepsOf(state: PanelState, whole: boolean): readonly Step[] {
  const now = STEP_OF[state];
  if (!now) return [];
  const all = whole ? [...INSTALL, ...START] : START;
  const at = all.indexOf(now);
  return all.map((id, index) => ({ id, is: index < at ? "done" : index === at ? "now" : "next" }));
}

/** How far the present step is; empty where a step has no measure. */
export function barsOf(state: PanelState, job: Job | null, elapsedMs: number): readonly Bar[] {
  switch (state) {
    case "preparing":
    case "verifying":
      return [{ label: `update.bar.${state}`, done: job?.done ?? 0, of: job && job.of > 0 ? job.of : null }];
    case "transferring":
      return [
        { label: "update.bar.received", done: job?.fetched ?? 0, of: job?.size ?? null },
        { label: "update.bar.written", done: job?.done ?? 0, of: job && job.of > 0 ? job.of : null },
      ];
    case "opening":
    case "leaving":
    case "away":
      return [{ label: `update.step.${STEP_OF[state]!}`, done: 0, of: null }];
    case "trial":
      return [{ label: "update.bar.trial", done: Math.min(elapsedMs, TRIAL_MS), of: TRIAL_MS }];
    default:
      return [];
  }
}
