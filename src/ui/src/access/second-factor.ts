// The second factor of one's own account: set up, its recovery codes shown once, switched off. The appliance comes with
// the caller.
//
//   resting ──begin()──► setting up (secret) ──enable(code)──► codes (shown once) ──read()──► resting
//      │                     └──cancel()──► resting                 ▲
//      ├──renew()──────────────────────────────────────────────────┘
//      └──disable()──► resting

import { signal } from "@preact/signals";
import { ApiError } from "../api/client.ts";
import type { SecondFactor, SecondFactorApi } from "../api/access.ts";
import { codeOf } from "./proof.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

export type Stage =
  | { readonly is: "resting" }
  | { readonly is: "setting-up"; readonly secret: SecondFactor }
  | { readonly is: "codes"; readonly codes: readonly string[] };

const RESTING: Stage = { is: "resting" };

export class SecondFactorSetup {
  readonly stage = signal<Stage>(RESTING);
  readonly code = signal("");
  readonly trouble = signal<Trouble | null>(null);
  readonly busy = signal(false);

  /** `changed`: it is in force now, or not any more. */
  constructor(
    private readonly api: SecondFactorApi,
    private readonly changed: () => void,
  ) {}

  async begin(): Promise<void> {
    await this.#ask(async () => (this.stage.value = { is: "setting-up", secret: await this.api.begin() }));
  }

  async enable(): Promise<void> {
    const code = codeOf(this.code.peek());
    if (!/^\d{6}$/.test(code)) {
      this.trouble.value = { code: "rule", key: "second.code.rule", values: {} };
      return;
    }
    await this.#ask(async () => {
      this.stage.value = { is: "codes", codes: await this.api.enable(code) };
      this.changed();
    });
  }

  async renew(): Promise<void> {
    await this.#ask(async () => (this.stage.value = { is: "codes", codes: await this.api.recoveryCodes() }));
  }

  async disable(): Promise<void> {
    await this.#ask(async () => {
      await this.api.disable();
      this.changed();
    });
  }

  /** Nothing of what was shown stays on the page. */
  rest(): void {
    this.stage.value = RESTING;
    this.code.value = "";
    this.trouble.value = null;
  }

  async #ask(action: () => Promise<unknown>): Promise<void> {
    if (this.busy.peek()) return;
    this.busy.value = true;
    this.trouble.value = null;
    try {
      await action();
      this.code.value = "";
    } catch (caught) {
      const wrong = caught instanceof ApiError && caught.code === "second_factor_wrong";
      this.trouble.value = wrong ? { code: "second_factor_wrong", key: "second.code.wrong", values: {} } : troubleOf(caught);
    } finally {
      this.busy.value = false;
    }
  }
}
