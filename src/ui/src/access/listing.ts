// A list that the appliance keeps, as a section of Settings shows it: asked for while it is shown, changed by actions,
// and asked for again after each. What is listed and what is done comes with the caller.

import { signal } from "@preact/signals";
import { browserEdges, type Edges, Looking } from "../net/looking.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

const LOOK_MS = 5000;

export class Listing<T> {
  /** What the appliance said last; `null` until it did. */
  readonly items = signal<readonly T[] | null>(null);
  readonly trouble = signal<Trouble | null>(null);
  /** An action is on its way. */
  readonly busy = signal(false);
  readonly #looking: Looking<readonly T[]>;

  constructor(get: () => Promise<readonly T[]>, edges: Edges = browserEdges) {
    const looks = {
      everyMs: LOOK_MS,
      get,
      came: (items: readonly T[]) => void (this.items.value = items),
      // Once there is a list, a look that fails says nothing new; the console tells of lost connections.
      failed: (caught: unknown) => {
        if (this.items.peek() === null) this.trouble.value = troubleOf(caught);
      },
    };
    this.#looking = new Looking(looks, edges);
  }

  /** From now on it is seen; gives back what ends that. */
  show(): () => void {
    return this.#looking.show();
  }

  look(): Promise<void> {
    return this.#looking.look();
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
