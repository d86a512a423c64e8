// The target's keyboard layout as the page has it: the list to choose from, and what is on the keys of the chosen one.
// One for all that draws or names keys. Knows the API as an interface; the choice itself is kept in `preferences.ts`.

import { effect, type Signal, signal } from "@preact/signals";
import type { Layout, LayoutName, PasteApi } from "../api/paste.ts";
import { type Trouble, troubleOf } from "../access/trouble.ts";
import type { LayoutKey, Legends } from "./caps.ts";

export const FIRST = "us";
const BLANK: Legends = { keys: new Map(), accents: {} };

export class TargetKeys {
  readonly layouts = signal<readonly LayoutName[]>([]);
  readonly legends = signal<Legends>(BLANK);
  readonly trouble = signal<Trouble | null>(null);

  constructor(
    private readonly api: Pick<PasteApi, "layouts" | "layout">,
    private readonly chosen: Signal<string | null>,
  ) {}

  /** Follows the choice until the returned function is called. */
  open(): () => void {
    void this.#attempt(async () => {
      if (this.layouts.peek().length === 0) this.layouts.value = await this.api.layouts();
    });
    return effect(() => void this.#load(this.chosen.value ?? FIRST));
  }

  async #load(id: string): Promise<void> {
    await this.#attempt(async () => {
      const layout = await this.api.layout(id);
      // Another one was chosen meanwhile.
      if ((this.chosen.peek() ?? FIRST) === id) this.legends.value = legendsOf(layout);
    });
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.trouble.value = null;
    } catch (error) {
      this.trouble.value = troubleOf(error);
    }
  }
}

function legendsOf({ keys, accents }: Layout): Legends {
  return { keys: new Map(keys.map((key) => [key.usage, key as LayoutKey])), accents };
}
