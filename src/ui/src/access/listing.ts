// A list that the appliance keeps, as a section of Settings shows it: asked for while it is shown, changed by actions,
// and asked for again after each. What is listed and what is done comes with the caller.

import { signal } from "@preact/signals";
import { type Trouble, troubleOf } from "./trouble.ts";

const LOOK_MS = 5000;

export interface Edges {
  /** Gives back what cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

export const browserEdges: Edges = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export class Listing<T> {
  /** What the appliance said last; `null` until it did. */
  readonly items = signal<readonly T[] | null>(null);
  readonly trouble = signal<Trouble | null>(null);
  /** An action is on its way. */
  readonly busy = signal(false);
  #shown = false;
  #asked = 0;
  #cancelLook = () => {};

  constructor(
    private readonly get: () => Promise<readonly T[]>,
    private readonly edges: Edges = browserEdges,
  ) {}

  /** From now on it is seen; gives back what ends that. */
  show(): () => void {
    this.#shown = true;
    void this.look();
    return () => {
      this.#shown = false;
      this.#cancelLook();
    };
  }

  async look(): Promise<void> {
    this.#cancelLook();
    const asked = ++this.#asked;
    try {
      const items = await this.get();
      // An older answer says nothing about what was done since.
      if (asked === this.#asked) this.items.value = items;
    } catch (caught) {
      // Once there is a list, a look that fails says nothing new; the console tells of lost connections.
      if (asked === this.#asked && this.items.peek() === null) this.trouble.value = troubleOf(caught);
    }
    if (asked === this.#asked && this.#shown) this.#cancelLook = this.edges.after(LOOK_MS, () => void this.look());
  }

  /** Does it and looks again; `null` when it was refused, and why is then in `trouble`. */
  async act<R>(action: () => Promise<R>): Promise<{ readonly result: R } | null> {
    if (this.busy.peek()) return null;
    this.busy.value = true;
    this.trouble.value = null;
    try {
      return { result: await action() };
    } catch (caught) {
      this.trouble.value = troubleOf(caught);
      return null;
    } finally {
      this.busy.value = false;
      void this.look();
    }
  }
}
