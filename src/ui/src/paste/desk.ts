// The paste dialog's state: which layout, what the text lacks in it, how far the appliance is with typing it.
// Knows the API as an interface; asks for progress only while something is being typed.

import { computed, signal } from "@preact/signals";
import { ApiError } from "../api/client.ts";
import type { LayoutName, PasteApi, PasteRequest, Progress, SteerTo } from "../api/paste.ts";
import { type Trouble, troubleOf } from "../access/trouble.ts";
import { mark, type Marked } from "./mark.ts";

/** What becomes of characters that the layout does not have; which ways by number there are depends on the target's system. */
export const UNKNOWN = ["replace", "alt_keypad", "ctrl_shift_u", "skip"] as const;
export type Unknown = (typeof UNKNOWN)[number];
export type LineEnd = "enter" | "shift_enter";

export const DELAYS = ["0", "10", "50", "200"] as const;
export type Delay = (typeof DELAYS)[number];

/** Where the choice of a layout is kept: it belongs to this device's target. */
export interface Memory {
  readonly read: () => string | null;
  readonly write: (id: string) => void;
}

const POLL_MS = 200;
const FIRST = "us";
/** Neither at its end nor stopped. */
function isUnderWay(progress: Progress | null): boolean {
  return progress?.phase === "typing" || progress?.phase === "paused";
}

const NOTHING: Marked = { runs: [], unknown: 0, each: new Map(), known: 0 };

export class PasteDesk {
  readonly layouts = signal<readonly LayoutName[]>([]);
  readonly layout = signal(FIRST);
  readonly text = signal("");
  readonly hidden = signal(false);
  readonly unknown = signal<Unknown>("replace");
  /** What becomes of single ones, other than of the rest. */
  readonly ways = signal<ReadonlyMap<string, Unknown>>(new Map());
  readonly lineEnd = signal<LineEnd>("enter");
  readonly delay = signal<Delay>("0");
  readonly progress = signal<Progress | null>(null);
  readonly trouble = signal<Trouble | null>(null);
  readonly busy = signal(false);
  readonly marked = computed(() => this.#marked());
  /** Something is typed, as far as can be told here: of what nothing stands for, only the appliance knows. */
  readonly something = computed(() => {
    const { known, each } = this.marked.value;
    return known > 0 || [...each.keys()].some((character) => this.wayOf(character) !== "skip");
  });
  readonly typing = computed(() => isUnderWay(this.progress.value));

  readonly #characters = signal<ReadonlySet<string> | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  /** What was typed before this dialog was opened is nobody's news. */
  #mine = false;

  constructor(
    private readonly api: PasteApi,
    private readonly memory: Memory,
  ) {}

  async open(): Promise<void> {
    await this.#attempt(async () => {
      this.layouts.value = await this.api.layouts();
      const kept = this.memory.read();
      await this.choose(this.layouts.value.find(({ id }) => id === kept)?.id ?? FIRST);
      await this.#look();
    });
  }

  /** Typing goes on; the next dialog sees it. */
  close(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  async choose(id: string): Promise<void> {
    await this.#attempt(async () => {
      this.layout.value = id;
      const { characters } = await this.api.layout(id);
      // Somebody may have chosen again meanwhile.
      if (this.layout.value !== id) return;
      this.#characters.value = new Set(characters);
      this.memory.write(id);
    });
  }

  wayOf(character: string): Unknown {
    return this.ways.value.get(character) ?? this.unknown.value;
  }

  /** `null`: as all the others. */
  go(character: string, way: Unknown | null): void {
    const ways = new Map(this.ways.peek());
    if (way === null) ways.delete(character);
    else ways.set(character, way);
    this.ways.value = ways;
  }

  /** `seat`: of this page, when it is in control. */
  async begin(seat: string | null): Promise<void> {
    this.busy.value = true;
    const request: PasteRequest = {
      text: this.text.value,
      layout: this.layout.value,
      unknown: this.unknown.value,
      ways: this.#chosen(),
      line_end: this.lineEnd.value,
      delay_ms: Number(this.delay.value),
      dry_run: false,
      ...(seat === null ? {} : { seat }),
    };
    await this.#attempt(async () => {
      await this.api.begin(request);
      this.#mine = true;
      await this.#look();
    });
    this.busy.value = false;
  }

  async steer(to: SteerTo): Promise<void> {
    await this.#attempt(async () => {
      try {
        await this.api.steer(to);
      } catch (error) {
        // It was done before it could be stopped.
        if (!(error instanceof ApiError) || error.code !== "not_pasting") throw error;
      }
      await this.#look();
    });
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    const progress = await this.api.progress();
    if (this.#ended) return;
    if (isUnderWay(progress)) this.#mine = true;
    this.progress.value = this.#mine ? progress : null;
    if (this.typing.value) this.#timer = setTimeout(() => void this.#attempt(() => this.#look()), POLL_MS);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    this.trouble.value = null;
    try {
      await work();
    } catch (error) {
      this.trouble.value = troubleOf(error);
    }
  }

  /** Of those that are in the text. */
  #chosen(): Record<string, Unknown> {
    const { each } = this.marked.peek();
    return Object.fromEntries([...this.ways.peek()].filter(([character]) => each.has(character)));
  }

  #marked(): Marked {
    const characters = this.#characters.value;
    return characters ? mark(this.text.value, characters) : NOTHING;
  }
}
