// The EDID of the capture device: what it says, and another one for it. The appliance comes with the caller.

import { signal } from "@preact/signals";
import { type Trouble, troubleOf } from "../access/trouble.ts";
import type { EdidApi, EdidChange, EdidView, Screen } from "../api/edid.ts";
import type { Key } from "../i18n/index.ts";

/** Far more than an EDID has; what is between, the appliance refuses with its reasons. */
const LARGEST_FILE = 4096;

export class EdidPage {
  /** `null` until the appliance said it. */
  readonly view = signal<EdidView | null>(null);
  readonly trouble = signal<Trouble | null>(null);
  readonly busy = signal(false);
  /** It was changed since somebody looks. */
  readonly told = signal(false);

  constructor(private readonly api: EdidApi) {}

  /** Somebody looks. */
  async look(): Promise<void> {
    this.told.value = false;
    await this.#ask(() => this.api.get());
  }

  async choose(name: string): Promise<void> {
    await this.#change({ choose: name });
  }

  async upload(file: Blob): Promise<void> {
    if (file.size > LARGEST_FILE) return this.#refuse("edid.file.large");
    const bytes = await file.arrayBuffer().catch(() => null);
    if (!bytes) return this.#refuse("edid.file.unread");
    await this.#change({ upload: btoa(String.fromCharCode(...new Uint8Array(bytes))) });
  }

  #refuse(key: Key): void {
    this.told.value = false;
    this.trouble.value = { code: "file", key, values: {} };
  }

  async #change(change: EdidChange): Promise<void> {
    this.told.value = false;
    const done = await this.#ask(() => this.api.change(change));
    this.told.value = done && this.view.peek()?.device === "changeable";
  }

  async #ask(question: () => Promise<EdidView>): Promise<boolean> {
    this.busy.value = true;
    try {
      this.view.value = await question();
      this.trouble.value = null;
      return true;
    } catch (caught) {
      this.trouble.value = troubleOf(caught);
      return false;
    } finally {
      this.busy.value = false;
    }
  }
}

/** What can be chosen: an uploaded file only while it is the choice. */
export function choicesOf({ choice, offers }: EdidView): readonly string[] {
  const all = ["default", ...offers];
  return all.includes(choice) ? all : [...all, choice];
}

/** `1920×1080` and `60` of `1920x1080@60`; `null` when it is no mode. */
export function modeOf(offer: string): { readonly size: string; readonly hz: string } | null {
  const [, width, height, hz] = /^(\d+)x(\d+)@(\d+)$/.exec(offer) ?? [];
  return hz === undefined ? null : { size: `${width}×${height}`, hz };
}

export function screenOf({ width, height, hz, interlaced }: Screen): { readonly size: string; readonly hz: number } {
  return { size: `${width}×${height}${interlaced ? "i" : ""}`, hz };
}
