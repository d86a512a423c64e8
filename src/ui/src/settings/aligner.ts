// Aligning the pointer with the picture: what the sliders say, what the appliance has, and the way back to how it was.

import { computed, signal } from "@preact/signals";
import type { Alignment } from "../api/settings.ts";
import { FITS, isSame } from "../input/alignment.ts";
import type { RuntimePage } from "./runtime.ts";

export class Aligner {
  /** `null` until the appliance has said how it is. */
  readonly draft = signal<Alignment | null>(null);
  readonly fits = computed(() => this.draft.value === null || isSame(this.draft.value, FITS));
  /** It is not as it was when this began. */
  readonly changed = computed(() => this.draft.value !== null && this.#before.value !== null && !isSame(this.draft.value, this.#before.value));
  readonly #before = signal<Alignment | null>(null);

  constructor(private readonly page: RuntimePage) {}

  async begin(): Promise<void> {
    await this.page.look();
    this.draft.value = this.#before.value = this.page.current.peek()?.mouse ?? null;
  }

  /** Shown only. */
  edit(part: Partial<Alignment>): void {
    const draft = this.draft.peek();
    if (draft) this.draft.value = { ...draft, ...part };
  }

  /** In force from now on. What the appliance refuses is shown as it still is. */
  async keep(): Promise<void> {
    const draft = this.draft.peek();
    if (draft && !(await this.page.change({ mouse: draft }))) this.draft.value = this.page.current.peek()?.mouse ?? draft;
  }

  async fit(): Promise<void> {
    this.edit(FITS);
    await this.keep();
  }

  async undo(): Promise<void> {
    this.edit(this.#before.peek() ?? {});
    await this.keep();
  }
}
