// The Wi-Fi as Settings shows it: asked for while it is shown; a change that was begun here is kept by itself once the device
// has been reached with it. Says no before the appliance has to.

import { signal } from "@preact/signals";
import { type Trouble, troubleOf } from "../access/trouble.ts";
import type { Security, Wifi, WifiApi } from "../api/wifi.ts";
import type { Key } from "../i18n/index.ts";
import { browserEdges, type Edges, Looking } from "../net/looking.ts";

const LOOK_MS = 1000;
/** A change that cuts this browser off has done so by then: what still answers is reached with it. */
export const SETTLED_LOOKS = 5;

export interface Draft {
  readonly name: string;
  readonly password: string;
  readonly security: Security;
  readonly country: string;
}

export type Errors = Partial<Record<keyof Draft, Key>>;

/** `named`: the name is to be typed. */
export function errorsOf({ name, password, security, country }: Draft, named: boolean): Errors {
  const errors: Errors = {};
  const bytes = new TextEncoder().encode(name).length;
  if (named && (bytes < 1 || bytes > 32)) errors.name = "wifi.name.rule";
  const key = security === "wpa2" && /^[0-9a-f]{64}$/i.test(password);
  if (!/^[ -~]{8,63}$/.test(password) && !key) errors.password = "wifi.password.rule";
  if (!isCountry(country)) errors.country = "wifi.country.rule";
  return errors;
}

/** Two letters, or nothing. */
export function isCountry(text: string): boolean {
  return /^([a-z]{2})?$/i.test(text.trim());
}

/** How well it is heard. */
export function strengthOf(dbm: number): Key {
  if (dbm >= -60) return "wifi.signal.strong";
  return dbm >= -75 ? "wifi.signal.fair" : "wifi.signal.weak";
}

export class WifiPage {
  /** What the appliance said last; `null` until it did. */
  readonly wifi = signal<Wifi | null>(null);
  /** It does not answer here. */
  readonly silent = signal(false);
  readonly trouble = signal<Trouble | null>(null);
  readonly busy = signal(false);
  /** The last change that was begun here is kept. */
  readonly kept = signal(false);
  #mine = false;
  #looks = 0;
  readonly #looking: Looking<Wifi>;

  constructor(
    private readonly api: WifiApi,
    edges: Edges = browserEdges,
  ) {
    const looks = {
      everyMs: LOOK_MS,
      get: () => api.get(),
      came: (wifi: Wifi) => this.#take(wifi),
      failed: () => void (this.silent.value = true),
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

  async #take(wifi: Wifi): Promise<void> {
    this.silent.value = false;
    this.wifi.value = wifi;
    if (!wifi.pending) this.#mine = false;
    if (!this.#mine || !wifi.pending?.ready || ++this.#looks < SETTLED_LOOKS) return;
    this.#mine = false;
    await this.keep();
  }

  /** Something that is on trial from then on. */
  async change(action: (api: WifiApi) => Promise<void>): Promise<boolean> {
    this.kept.value = false;
    const done = await this.act(action);
    if (done) {
      this.#mine = true;
      this.#looks = 0;
    }
    return done;
  }

  async keep(): Promise<void> {
    this.kept.value = await this.act((api) => api.confirm());
  }

  /** Does it and looks again; `false` when it was refused, and why is then in `trouble`. */
  async act(action: (api: WifiApi) => Promise<void>): Promise<boolean> {
    if (this.busy.peek()) return false;
    this.busy.value = true;
    this.trouble.value = null;
    try {
      await action(this.api);
      return true;
    } catch (caught) {
      this.trouble.value = troubleOf(caught);
      return false;
    } finally {
      this.busy.value = false;
      void this.look();
    }
  }
}
