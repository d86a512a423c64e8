// What was sent to the target → the steps that send it again. Pure; sees events as they go out, wherever they come from.

import type { Witness } from "../console/control.ts";
import { codeOf } from "../input/usages.ts";
import type { ControlEvent } from "../protocol/control.ts";
import { LONGEST_WAIT_MS, MOST_STEPS, type Step } from "./macro.ts";

/** A shorter pause is the rhythm of a hand, a longer one is meant. */
export const PAUSE_MS = 400;

export class Recorder implements Witness {
  #steps: Step[] = [];
  readonly #held = new Set<string>();
  #lastMs: number | null = null;

  /** `changed` is told after each event that counts. */
  constructor(
    private readonly nowMs: () => number,
    private readonly changed: () => void,
  ) {}

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** No more fits; two are kept for what is held. */
  get full(): boolean {
    return this.#steps.length + this.#held.size + 2 >= MOST_STEPS;
  }

  /** The steps, with everything let go at the end. */
  finish(): readonly Step[] {
    for (const code of [...this.#held]) this.#up(code);
    return this.#steps;
  }

  sent(_sequence: number, event: ControlEvent): void {
    if (event.type === "releaseAll") for (const code of [...this.#held]) this.#up(code);
    if (event.type !== "key" || this.full) return;
    const code = codeOf(event.usage);
    if (!code) return;
    this.#pause();
    if (event.down) this.#down(code);
    else this.#up(code);
    this.changed();
  }

  answered(): void {}

  ended(): void {}

  #pause(): void {
    const now = this.nowMs();
    const passedMs = now - (this.#lastMs ?? now);
    this.#lastMs = now;
    if (passedMs < PAUSE_MS) return;
    this.#steps.push({ do: "wait", ms: Math.min(LONGEST_WAIT_MS, Math.round(passedMs / 10) * 10) });
  }

  #down(code: string): void {
    this.#held.add(code);
    this.#steps.push({ do: "down", key: code });
  }

  #up(code: string): void {
    // What went down before the recording began is not part of it.
    if (!this.#held.delete(code)) return;
    const before = this.#steps.at(-1);
    if (before?.do === "down" && before.key === code) this.#steps[this.#steps.length - 1] = { do: "press", key: code };
    else this.#steps.push({ do: "up", key: code });
  }
}
