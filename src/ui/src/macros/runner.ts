// A macro, step by step, to the target. Knows no clock and no socket: both are given to it.
//
//   idle ──run──► running ──last step──► idle (done)
//                    ├─────stop, or no way to the target any more──► idle (stopped)
//
// Whatever it holds goes up at every end.

import { signal } from "@preact/signals";
import { stroke } from "../input/keyboard.ts";
import type { ControlEvent } from "../protocol/control.ts";
import type { Macro, Step } from "./macro.ts";

/** Between two steps, so that the target's queue never fills. */
export const PACE_MS = 10;

export interface Way {
  act(events: readonly ControlEvent[]): void;
  /** Events reach the target. */
  open(): boolean;
  /** Ends early, and without an error, when the signal says so. */
  sleep(ms: number, stop: AbortSignal): Promise<void>;
}

export interface Progress {
  readonly name: string;
  readonly done: number;
  readonly total: number;
}

export type End = "done" | "stopped" | "lost" | "busy";

export class Runner {
  readonly progress = signal<Progress | null>(null);
  readonly #held = new Set<string>();
  #stop: AbortController | null = null;

  constructor(private readonly way: Way) {}

  get holding(): boolean {
    return this.#held.size > 0;
  }

  /** One at a time. */
  async run({ name, steps }: Macro): Promise<End> {
    if (this.#stop) return "busy";
    const stop = new AbortController();
    this.#stop = stop;
    try {
      for (const [done, step] of steps.entries()) {
        if (stop.signal.aborted) return "stopped";
        if (!this.way.open()) return "lost";
        this.progress.value = { name, done, total: steps.length };
        await this.#step(step, stop.signal);
      }
      return stop.signal.aborted ? "stopped" : "done";
    } finally {
      this.#letGo();
      this.#stop = null;
      this.progress.value = null;
    }
  }

  stop(): void {
    this.#stop?.abort();
    this.#letGo();
  }

  /** The target has let go of everything already. */
  forget(): void {
    this.#held.clear();
    this.#stop?.abort();
  }

  async #step(step: Step, stop: AbortSignal): Promise<void> {
    if (step.do === "wait") return this.way.sleep(step.ms, stop);
    if (step.do === "press") this.way.act([...stroke(step.key, true), ...stroke(step.key, false)]);
    else this.way.act(stroke(step.key, step.do === "down"));
    if (step.do === "down") this.#held.add(step.key);
    else this.#held.delete(step.key);
    await this.way.sleep(PACE_MS, stop);
  }

  #letGo(): void {
    const held = [...this.#held].reverse();
    this.#held.clear();
    if (held.length > 0) this.way.act(held.flatMap((key) => stroke(key, false)));
  }
}
