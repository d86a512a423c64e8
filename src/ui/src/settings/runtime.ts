// The settings that the appliance changes at once: asked for, changed one after the other, and what it said about it.
// Several pages show parts of them.

import { signal } from "@preact/signals";
import { ApiError } from "../api/client.ts";
import type { RuntimeSettings, SettingsApi, SettingsChange } from "../api/settings.ts";

/** `message` is the appliance's own; empty when it said nothing. */
export interface Refusal {
  readonly message: string;
}

/** Why the appliance did not do it; what is no answer of its is thrown on. */
export function refusalOf(caught: unknown): Refusal {
  if (!(caught instanceof ApiError)) throw caught;
  return { message: caught.status === 0 ? "" : caught.message };
}

export class RuntimePage {
  /** What is in force; `null` until the appliance said so. */
  readonly current = signal<RuntimeSettings | null>(null);
  readonly refusal = signal<Refusal | null>(null);
  /** Something was changed since the page is shown, and is kept. */
  readonly kept = signal(false);
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly api: SettingsApi) {}

  /** Somebody looks. */
  async look(): Promise<void> {
    this.kept.value = false;
    await this.#ask(() => this.api.get());
  }

  /** After every change before it, so that none overtakes another. Whether it is in force. */
  change(change: SettingsChange): Promise<boolean> {
    const done = this.#last.then(async () => {
      const kept = await this.#ask(() => this.api.change(change));
      this.kept.value = kept;
      return kept;
    });
    this.#last = done;
    return done;
  }

  async #ask(question: () => Promise<RuntimeSettings>): Promise<boolean> {
    try {
      this.current.value = await question();
      this.refusal.value = null;
      return true;
    } catch (caught) {
      this.refusal.value = refusalOf(caught);
      return false;
    }
  }
}
