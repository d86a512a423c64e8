// The target's keyboard layout as the page has it: the list to choose from, and what is on the keys of the chosen one.
// One for all that draws or names keys. Knows the API as an interface; the choice itself is kept in `preferences.ts`.

import { effect, type Signal, signal } from "@preact/signals";
import type { Layout, LayoutName, PasteApi } from "../api/paste.ts";
import { type Trouble, troubleOf } from "../access/trouble.ts";
import { codeOf, type LayoutKey, type Legends } from "./caps.ts";

export const FIRST = "us";
const BLANK: Legends = { keys: new Map(), accents: {} };

export class TargetKeys {
  readonly layouts = signal<readonly LayoutName[]>([]);
  readonly legends = signal<Legends>(BLANK);
  readonly trouble = signal<Trouble | null>(null);

  #loaded: string | null = null;

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

  /** The key that types this small letter on the target; where that is not to be known, the place that it has on US keyboards. */
  async codeOf(letter: string): Promise<string> {
    const id = this.chosen.peek() ?? FIRST;
    if (this.#loaded !== id) await this.#load(id);
    return codeOf(letter, this.legends.peek()) ?? `Key${letter.toUpperCase()}`;
  }

  async #load(id: string): Promise<void> {
    await this.#attempt(async () => {
      const layout = await this.api.layout(id);
      // Another one was chosen meanwhile.
      if ((this.chosen.peek() ?? FIRST) !== id) return;
      this.legends.value = legendsOf(layout);
      this.#loaded = id;
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
