// The audit log as it is read: the newest entries first, older ones on request, and what of them fits a filter. The
// appliance comes with the caller.

import { computed, signal } from "@preact/signals";
import type { AuditApi, AuditPage, Entry } from "../api/audit.ts";
import { find } from "../find.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

const PAGE = 50;

export class AuditLog {
  /** Newest first; `null` until the appliance said some. */
  readonly entries = signal<readonly Entry[] | null>(null);
  readonly total = signal(0);
  /** The number of the entry whose chain does not hold; `null` = none, `"somewhere"` = it was not said which. */
  readonly brokenAt = signal<number | "somewhere" | null>(null);
  readonly trouble = signal<Trouble | null>(null);
  readonly busy = signal(false);
  readonly query = signal("");
  readonly found = computed<readonly Entry[]>(() => find(this.query.value, (this.entries.value ?? []).map((entry) => ({ ...entry, text: this.textOf(entry) }))));
  /** There are older ones than those that are here. */
  readonly more = computed(() => {
    const oldest = this.entries.value?.at(-1);
    return oldest !== undefined && this.entries.value!.length < this.total.value && !this.#ended.value;
  });
  readonly #ended = signal(false);

  /** `textOf`: everything that a filter looks at. */
  constructor(
    private readonly api: AuditApi,
    private readonly textOf: (entry: Entry) => string,
  ) {}

  /** The newest; what was loaded of older ones stays when it follows without a gap. */
  async load(): Promise<void> {
    await this.#ask(undefined, (page) => {
      const last = page.entries.at(-1)?.number ?? 0;
      const known = (this.entries.peek() ?? []).filter(({ number }) => number < last);
      const gap = known.length > 0 && known[0]!.number !== last - 1;
      this.#ended.value &&= !gap;
      this.entries.value = gap ? page.entries : [...page.entries, ...known];
    });
  }

  async older(): Promise<void> {
    const oldest = this.entries.peek()?.at(-1);
    if (!oldest) return;
    await this.#ask(oldest.number, (page) => {
      // What was dropped meanwhile does not come any more.
      if (page.entries.length === 0) this.#ended.value = true;
      this.entries.value = [...(this.entries.peek() ?? []), ...page.entries];
    });
  }

  async #ask(before: number | undefined, take: (page: AuditPage) => void): Promise<void> {
    if (this.busy.peek()) return;
    this.busy.value = true;
    this.trouble.value = null;
    try {
      const page = await this.api.get(PAGE, before);
      this.total.value = page.total;
      this.brokenAt.value = page.intact ? null : (page.broken_at ?? "somewhere");
      take(page);
    } catch (caught) {
      this.trouble.value = troubleOf(caught);
    } finally {
      this.busy.value = false;
    }
  }
}
