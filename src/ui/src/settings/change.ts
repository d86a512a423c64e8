// One change of the network on trial. The appliance applies it at once and takes it back unless somebody confirms it in
// time; the page confirms by itself when it still gets answers at its own address with the new settings in effect. Pure.
//
//   none ─apply─▶ sending ─accepted─▶ trying ─answered, in effect─▶ (confirm) ─▶ kept
//    ▲               │                  │  ▲
//    └───refused─────┘            silence  answer again          nothing pending any more:
//                                       └──┘                      kept or undone, as the settings say
//   none ─seen pending─▶ foreign ─nothing pending─▶ none         (another session's, or ours before a reload)

import type { Accepted, Network, NetworkSettings } from "../api/network.ts";
import { sameSettings } from "./form.ts";

export interface Trying {
  readonly is: "trying";
  readonly wanted: NetworkSettings;
  readonly startedMs: number;
  readonly endsMs: number;
  readonly reach: readonly string[];
  /** Whether the appliance answers here, at this page's own address; `yet`: it is too early to tell. */
  readonly contact: "yet" | "here" | "gone";
}

export type Change =
  | { readonly is: "none" }
  | { readonly is: "sending"; readonly wanted: NetworkSettings }
  | Trying
  | { readonly is: "foreign"; readonly endsMs: number }
  | { readonly is: "kept" }
  | { readonly is: "undone"; readonly why: "you" | "late" };

export type News =
  | { readonly type: "apply"; readonly wanted: NetworkSettings }
  | { readonly type: "accepted"; readonly accepted: Accepted; readonly nowMs: number }
  | { readonly type: "refused" }
  | { readonly type: "answered"; readonly network: Network; readonly nowMs: number }
  | { readonly type: "silence" }
  | { readonly type: "confirmed" }
  | { readonly type: "reverted" }
  | { readonly type: "dismissed" };

/** An answer sooner than this may still be the old network's. */
export const SETTLE_MS = 3000;

export const NONE: Change = { is: "none" };

export function step(change: Change, news: News): Change {
  switch (news.type) {
    case "apply":
      return isUnderWay(change) ? change : { is: "sending", wanted: news.wanted };
    case "accepted":
      return change.is === "sending" ? trying(change.wanted, news.accepted, news.nowMs) : change;
    case "refused":
      return change.is === "sending" ? NONE : change;
    case "answered":
      return answered(change, news.network, news.nowMs);
    case "silence":
      return change.is === "trying" ? { ...change, contact: "gone" } : change;
    case "confirmed":
      return isUnderWay(change) ? { is: "kept" } : change;
    case "reverted":
      return isUnderWay(change) ? { is: "undone", why: "you" } : change;
    case "dismissed":
      return isUnderWay(change) ? change : NONE;
  }
}

function trying(wanted: NetworkSettings, { confirm_within_s, reach }: Accepted, nowMs: number): Trying {
  return { is: "trying", wanted, startedMs: nowMs, endsMs: nowMs + confirm_within_s * 1000, reach, contact: "yet" };
}

function answered(change: Change, network: Network, nowMs: number): Change {
  const { pending } = network;
  switch (change.is) {
    case "sending":
      return change;
    case "trying":
      if (!pending) return sameSettings(network.settings, change.wanted) ? { is: "kept" } : { is: "undone", why: "late" };
      return { ...change, contact: change.contact === "yet" && nowMs - change.startedMs < SETTLE_MS ? "yet" : "here" };
    default:
      if (pending) return { is: "foreign", endsMs: nowMs + pending.confirm_within_s * 1000 };
      return change.is === "foreign" ? NONE : change;
  }
}

/** Whether the page, having this answer at its own address, keeps the change without asking. */
export function keepsByItself(change: Change, network: Network): boolean {
  return change.is === "trying" && change.contact === "here" && network.pending !== null && inEffect(change.wanted, network);
}

/** The link has what was asked for, as far as this can be seen from outside. */
export function inEffect(wanted: NetworkSettings, { status }: Network): boolean {
  if (wanted.method === "static") return status.source === "static" && status.addresses.includes(wanted.address ?? "");
  return status.source !== "static";
}

/** Waiting for the appliance's word or for somebody's. */
export function isUnderWay(change: Change): change is Exclude<Change, { is: "none" | "kept" | "undone" }> {
  return change.is === "sending" || change.is === "trying" || change.is === "foreign";
}

/** Whole seconds until the appliance takes it back by itself; `null` when nothing is on trial. */
export function secondsLeft(change: Change, nowMs: number): number | null {
  return change.is === "trying" || change.is === "foreign" ? Math.max(0, Math.ceil((change.endsMs - nowMs) / 1000)) : null;
}
