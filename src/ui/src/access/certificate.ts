// Another certificate for the appliance: entered, checked by it, then used. The appliance comes with the caller.
//
//   entered ──check()──► checked (its view) ──use()──► in force
//      ▲                    │
//      └──── edit() ────────┘   what was checked is not what is entered any more

import { computed, signal } from "@preact/signals";
import type { Certificate, CertificateApi, Pair } from "../api/certificate.ts";
import type { Key } from "../i18n/index.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

const NOTHING: Pair = { chain: "", key: "" };
/** What the appliance takes at most, for both. */
const LONGEST = 64 * 1024;

export class CertificatePage {
  /** What is served; `null` until the appliance said it. */
  readonly served = signal<Certificate | null>(null);
  readonly draft = signal<Pair>(NOTHING);
  /** What the appliance says of the draft. */
  readonly checked = signal<Certificate | null>(null);
  readonly trouble = signal<Trouble | null>(null);
  readonly busy = signal(false);
  /** What is plainly wrong with the draft, before anything is sent. */
  readonly mistake = computed<Key | null>(() => mistakeOf(this.draft.value));
  /** It was tried: mistakes are told from now on. */
  readonly tried = signal(false);

  constructor(private readonly api: CertificateApi) {}

  async load(): Promise<void> {
    await this.#ask(async () => (this.served.value = await this.api.get()));
  }

  edit(part: Partial<Pair>): void {
    this.draft.value = { ...this.draft.peek(), ...part };
    this.checked.value = this.trouble.value = null;
  }

  discard(): void {
    this.edit(NOTHING);
    this.tried.value = false;
  }

  async check(): Promise<void> {
    this.tried.value = true;
    if (this.mistake.peek()) return;
    const pair = this.draft.peek();
    await this.#ask(async () => {
      const view = await this.api.check(pair);
      if (this.draft.peek() === pair) this.checked.value = view;
    });
  }

  /** Whether it is in force now. */
  async use(): Promise<boolean> {
    if (!this.checked.peek()) return false;
    return this.#ask(async () => {
      this.served.value = await this.api.use(this.draft.peek());
      this.discard();
    });
  }

  /** Back to the appliance's own. */
  async forget(): Promise<boolean> {
    return this.#ask(async () => (this.served.value = await this.api.forget()));
  }

  async #ask(action: () => Promise<unknown>): Promise<boolean> {
    if (this.busy.peek()) return false;
    this.busy.value = true;
    this.trouble.value = null;
    try {
      await action();
      return true;
    } catch (caught) {
      this.trouble.value = troubleOf(caught);
      return false;
    } finally {
      this.busy.value = false;
    }
  }
}

/** People mix the two up, or copy without the first line. */
function mistakeOf({ chain, key }: Pair): Key | null {
  if (!/-----BEGIN CERTIFICATE-----/.test(chain)) return "certificate.chain.rule";
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key)) return "certificate.key.encrypted";
  if (!/-----BEGIN (\w+ )?PRIVATE KEY-----/.test(key)) return "certificate.key.rule";
  return chain.length + key.length > LONGEST ? "certificate.tooLong" : null;
}

/** A file that has both is taken apart, so that it may be dropped on either field. */
export function partsOf(text: string): Partial<Pair> {
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  const some = (wanted: RegExp) => blocks.filter((block) => wanted.test(block)).join("\n");
  const [chain, key] = [some(/^-----BEGIN CERTIFICATE-----/), some(/^-----BEGIN [A-Z ]*PRIVATE KEY-----/)];
  return { ...(chain ? { chain } : {}), ...(key ? { key } : {}) };
}
