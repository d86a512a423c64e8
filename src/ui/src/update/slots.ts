// What the cards of the two slots say, and what can be done with the slot that does not run. Pure.

import type { Slot, SlotId, Update } from "../api/update.ts";
import type { Values } from "../i18n/format.ts";
import { said } from "../i18n/format.ts";
import type { Key } from "../i18n/index.ts";
import { isActive, other } from "./journey.ts";

/** One slot, in words. */
export interface Card {
  readonly id: SlotId;
  readonly slot: Slot;
  readonly runs: boolean;
  readonly word: Key;
  readonly tone: "good" | "calm" | "warn" | "bad";
  readonly text: Key;
  readonly values: Values;
  /** It is not the one that starts when nothing else is said, but it runs; or the other way round. */
  readonly mark: Key | null;
}

/** A start of the slot that does not run. */
export interface Start {
  readonly kind: "back" | "same" | "forward" | "first" | "again" | "unknown";
  readonly slot: SlotId;
  readonly version: string | null;
  /** The appliance would refuse; why. */
  readonly refused: Key | null;
}

/** A and B: each has its place, whichever runs. */
export function cardsOf(update: Update): readonly [Card, Card] {
  return [cardOf(update, "a"), cardOf(update, "b")];
}

function cardOf(update: Update, id: SlotId): Card {
  const slot = update.slots[id];
  const runs = id === update.running;
  const reason = said(slot.reason);
  const mark = runs === (id === update.primary) ? null : runs ? "update.mark.notPrimary" : "update.mark.primary";
  const card = { id, slot, runs, values: { reason }, mark } as const;
  if (runs && update.trial) return { ...card, word: "update.word.trial", tone: "warn", text: "update.slot.runsOnTrial" };
  if (runs) return { ...card, word: "update.word.runs", tone: "good", text: "update.slot.runs" };
  switch (slot.status) {
    case "bad":
      return { ...card, word: "update.word.bad", tone: "bad", text: slot.reason ? "update.slot.bad.reason" : "update.slot.bad" };
    case "writing": {
      const text = isActive(update.job) ? "update.slot.beingWritten" : "update.slot.writing";
      return { ...card, word: "update.word.writing", tone: "calm", text };
    }
    case "good":
      return { ...card, word: "update.word.good", tone: "good", text: update.trial ? "update.slot.fallback" : "update.slot.good" };
    default:
      return { ...card, word: `update.word.${slot.status}`, tone: slot.status === "empty" ? "calm" : "warn", text: `update.slot.${slot.status}` };
  }
}

/** `null`: there is nothing to start, or this is not the moment. */
export function startOf(update: Update): Start | null {
  const id = other(update.running);
  const [slot, now] = [update.slots[id], update.slots[update.running]];
  const busy = update.trial || update.restarting || isActive(update.job);
  if (busy || ["empty", "writing", "trial"].includes(slot.status)) return null;
  const refused = slot.rollback_index < update.floor ? "update.start.floor" : null;
  return { kind: kindOf(slot, now), slot: id, version: slot.version, refused };
}

function kindOf(slot: Slot, now: Slot): Start["kind"] {
  if (slot.status === "bad") return "again";
  if (slot.status === "installed") return "first";
  if (slot.version === null) return "unknown";
  if (slot.version === now.version) return "same";
  const later = slot.created !== null && now.created !== null && slot.created > now.created;
  return later ? "forward" : "back";
}
