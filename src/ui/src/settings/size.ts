// Another size of the picture, on trial: kept by somebody who sees it, else undone when the time is over.

import { signal } from "@preact/signals";
import type { RuntimePage } from "./runtime.ts";

export const TRIAL_S = 15;
/** What capture devices have; `0x0` = the source's own. */
export const SIZES: readonly string[] = ["0x0", "1920x1080", "1600x1200", "1280x720", "1024x768", "800x600", "640x480"];

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function nameOf({ width, height }: Size): string {
  return `${width}x${height}`;
}

export function sizeOf({ width, height }: Size): Size {
  return { width, height };
}

/** `null` when it is no size. */
export function parse(name: string): Size | null {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(name) ?? [];
  return width === undefined || height === undefined ? null : { width: Number(width), height: Number(height) };
}

export class SizeTrial {
  /** Seconds left; `null` = nothing is on trial. */
  readonly left = signal<number | null>(null);
  #before: Size | null = null;
  #cancel = () => {};

  /** `every` calls back each second until what it gives back is called. */
  constructor(
    private readonly page: RuntimePage,
    private readonly every: (callback: () => void) => () => void,
  ) {}

  async begin(before: Size, name: string): Promise<void> {
    const wanted = parse(name);
    if (!wanted) return;
    // A second choice while the first is on trial still leads back to where both began.
    const first = this.#before ?? before;
    if (!(await this.page.change({ video: wanted }))) return;
    this.#cancel();
    this.#before = first;
    this.left.value = TRIAL_S;
    this.#cancel = this.every(() => this.#tick());
  }

  keep(): void {
    this.#cancel();
    this.#before = null;
    this.left.value = null;
  }

  async undo(): Promise<void> {
    const before = this.#before;
    this.keep();
    if (before) await this.page.change({ video: before });
  }

  #tick(): void {
    const left = (this.left.peek() ?? 0) - 1;
    if (left <= 0) void this.undo();
    else this.left.value = left;
  }
}
