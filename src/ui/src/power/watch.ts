// Asks an appliance that was told to end, until it is back. The clock, the timer and the appliance come with the caller.

import { signal } from "@preact/signals";
import type { To } from "../api/power.ts";
import { ApiError } from "../api/client.ts";
import { begun, type Ending, type News, step } from "./ending.ts";

export interface Edges {
  knowsUs(): Promise<boolean>;
  nowMs(): number;
  after(delayMs: number, callback: () => void): () => void;
  /** It is there again. */
  back(): void;
}

const EVERY_MS = 1000;

export class Watch {
  readonly ending;
  /** Since it was ordered. */
  readonly elapsedMs = signal(0);
  #callOff: () => void = () => {};
  #ended = false;

  constructor(
    to: To,
    private readonly edges: Edges,
  ) {
    this.ending = signal<Ending>(begun(to, edges.nowMs()));
    this.#wait();
  }

  end(): void {
    this.#ended = true;
    this.#callOff();
  }

  #wait(): void {
    this.#callOff = this.edges.after(EVERY_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    const news = await this.#news();
    if (this.#ended) return;
    const nowMs = this.edges.nowMs();
    this.ending.value = step(this.ending.peek(), news, nowMs);
    this.elapsedMs.value = nowMs - this.ending.peek().sinceMs;
    if (this.ending.peek().is === "back") this.edges.back();
    else this.#wait();
  }

  async #news(): Promise<News> {
    try {
      return (await this.edges.knowsUs()) ? "answers" : "forgot";
    } catch (caught) {
      // Whatever it says, it is there.
      return caught instanceof ApiError && caught.status > 0 ? "answers" : "silence";
    }
  }
}
