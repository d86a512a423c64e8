// The end of the appliance, as a page sees it that ordered it. Pure.
//
//   leaving ──silence──► away ──answers──► back
//      │  └──answers, and has forgotten this session──► back
//      └──answers for half a minute as if nothing were──► stayed ──silence──► away

import type { To } from "../api/power.ts";

export type Leg = "leaving" | "away" | "back" | "stayed";

export interface Ending {
  readonly to: To;
  readonly is: Leg;
  /** When it was ordered. */
  readonly sinceMs: number;
}

export type News = "silence" | "answers" | "forgot";

/** Stopping takes a few seconds at most. */
export const STAYED_MS = 30_000;
/** A start takes a quarter of this. */
export const LONG_MS = 120_000;

export function begun(to: To, nowMs: number): Ending {
  return { to, is: "leaving", sinceMs: nowMs };
}

export function step(ending: Ending, news: News, nowMs: number): Ending {
  if (ending.is === "back") return ending;
  switch (news) {
    case "silence":
      return { ...ending, is: "away" };
    case "forgot":
      return { ...ending, is: "back" };
    case "answers":
      if (ending.is === "away") return { ...ending, is: "back" };
      return nowMs - ending.sinceMs >= STAYED_MS ? { ...ending, is: "stayed" } : ending;
  }
}
