// The last keys that were sent, and what became of each. Pure; lives in memory and nowhere else.
//
//   sent ──acknowledged──► accepted | asleep | notConnected | notInControl        sent ──connection gone──► lost
//
// `accepted` is what the protocol can tell: the appliance has the key in hand for a target that is awake and connected.

import { signal } from "@preact/signals";
import type { Witness } from "../console/control.ts";
import { codeOf } from "../input/usages.ts";
import { type ControlEvent, Outcome } from "../protocol/control.ts";
import { MODIFIERS } from "./board.ts";

export type Fate = "sent" | "accepted" | "notInControl" | "asleep" | "notConnected" | "lost";

export interface Told {
  readonly id: number;
  /** What was held, and the key. */
  readonly codes: readonly string[];
  readonly fate: Fate;
}

/** As many as fit in a line. */
export const KEPT = 12;

const FATES: Readonly<Record<Outcome, Fate>> = {
  [Outcome.Accepted]: "accepted",
  [Outcome.NotInControl]: "notInControl",
  [Outcome.TargetAsleep]: "asleep",
  [Outcome.TargetNotConnected]: "notConnected",
};

interface Entry extends Told {
  readonly sequence: number;
}

export class KeyHistory implements Witness {
  /** The newest last. */
  readonly told = signal<readonly Told[]>([]);

  #entries: readonly Entry[] = [];
  #held: readonly string[] = [];
  #last = 0;

  sent(sequence: number, event: ControlEvent): void {
    if (event.type === "releaseAll") this.#held = [];
    if (event.type !== "key") return;
    const code = codeOf(event.usage);
    if (!code) return;
    if (!event.down) this.#held = this.#held.filter((held) => held !== code);
    else this.#down(sequence, code);
  }

  answered(sequence: number, outcome: Outcome): void {
    this.#change((entry) => (entry.fate === "sent" && entry.sequence <= sequence ? { ...entry, fate: FATES[outcome] } : entry));
  }

  ended(): void {
    this.#held = [];
    this.#change((entry) => (entry.fate === "sent" ? { ...entry, fate: "lost" } : entry));
  }

  #down(sequence: number, code: string): void {
    const modifiers = this.#held.filter((held) => MODIFIERS.includes(held) && held !== code);
    const entry: Entry = { id: ++this.#last, sequence, codes: [...modifiers, code], fate: "sent" };
    // Ctrl, then C: that is one thing, Ctrl+C.
    const before = this.#entries.at(-1);
    const continued = before !== undefined && before.codes.length < entry.codes.length && before.codes.every((held, at) => held === entry.codes[at]);
    this.#entries = [...(continued ? this.#entries.slice(0, -1) : this.#entries), entry].slice(-KEPT);
    this.#held = [...this.#held.filter((held) => held !== code), code];
    this.told.value = this.#entries;
  }

  #change(change: (entry: Entry) => Entry): void {
    this.#entries = this.#entries.map(change);
    this.told.value = this.#entries;
  }
}
