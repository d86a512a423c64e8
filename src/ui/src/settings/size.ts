// Another size of the picture, on trial: the appliance undoes it when nobody who sees it keeps it in time. Here it is
// asked for, counted down, and looked at again when the time is over.

import { signal } from "@preact/signals";
import type { PictureSize, SizeApi, SizeWish } from "../api/size.ts";
import { type Refusal, refusalOf } from "./runtime.ts";

/** What capture devices have; `0x0` = the source's own. */
export const SIZES: readonly string[] = ["0x0", "1920x1080", "1600x1200", "1280x720", "1024x768", "800x600", "640x480"];

export function nameOf({ width, height }: SizeWish): string {
  return `${width}x${height}`;
}

/** `null` when it is no size. */
export function parse(name: string): SizeWish | null {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(name) ?? [];
  return width === undefined || height === undefined ? null : { width: Number(width), height: Number(height) };
}

export class SizePage {
  /** `null` until the appliance said it. */
  readonly current = signal<PictureSize | null>(null);
  /** Seconds left; `null` = nothing is on trial. */
  readonly left = signal<number | null>(null);
  readonly refusal = signal<Refusal | null>(null);
  /** Something was kept since the page is shown. */
  readonly kept = signal(false);
  #cancel = () => {};

  /** `every` calls back each second until what it gives back is called. */
  constructor(
    private readonly api: SizeApi,
    private readonly every: (callback: () => void) => () => void,
  ) {}

  /** Somebody looks: another page may have put something on trial, too. */
  async look(): Promise<void> {
    this.kept.value = false;
    await this.#ask(() => this.api.get());
  }

  async choose(name: string): Promise<void> {
    const wanted = parse(name);
    this.kept.value = false;
    if (wanted) await this.#ask(() => this.api.change(wanted));
  }

  async keep(): Promise<void> {
    this.kept.value = await this.#end(this.api.keep);
  }

  async undo(): Promise<void> {
    await this.#end(this.api.undo);
  }

  /** What is kept then, the appliance says. */
  #end(tell: () => Promise<void>): Promise<boolean> {
    return this.#ask(async () => {
      await tell();
      return this.api.get();
    });
  }

  async #ask(question: () => Promise<PictureSize>): Promise<boolean> {
    try {
      this.#show(await question());
      this.refusal.value = null;
      return true;
    } catch (caught) {
      this.refusal.value = refusalOf(caught);
      return false;
    }
  }

  #show(size: PictureSize): void {
    this.current.value = size;
    this.#cancel();
    this.#cancel = () => {};
    this.left.value = size.trial?.confirm_within_s ?? null;
    if (size.trial) this.#cancel = this.every(() => this.#tick());
  }

  #tick(): void {
    const left = (this.left.peek() ?? 0) - 1;
    this.left.value = Math.max(0, left);
    // Also when it was not heard: until it answers, nobody knows which size it is.
    if (left <= 0) void this.#ask(() => this.api.get());
  }
}
