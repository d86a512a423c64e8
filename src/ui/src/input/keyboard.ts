// What the browser says about keys → what the target's keyboard does. A pure state machine: no DOM, no clock, no timer.
// `input/bindings.ts` feeds it and sends what it returns; the owner calls `tick` when `deadline` passes.
//
//   key: idle ──down──► held ──up | release──► idle          (auto-repeat is the target's own business)
//   Right Ctrl: idle ──down──► waiting ──up──────────────────► leader (the target never sees it)
//                                 ├─another key or button────► held
//                                 └─LEADER_HOLD_MS───────────► held
//   Left Ctrl on Windows: idle ──down──► waiting ──AltGr at the same moment──► phantom (swallowed until its up)
//                                           └─anything else or PHANTOM_MS────► held

import type { ControlEvent } from "../protocol/control.ts";
import { usageOf } from "./usages.ts";

export type Platform = "mac" | "windows" | "other";

export interface Modifiers {
  readonly shift: boolean;
  readonly control: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
}

/** A `KeyboardEvent`, as far as the machine needs it. */
export interface KeyInput extends Modifiers {
  readonly code: string;
  readonly key: string;
  readonly repeat: boolean;
  readonly timeMs: number;
}

export interface Verdict {
  readonly events: readonly ControlEvent[];
  /** The browser must not act on this key. */
  readonly handled: boolean;
  /** The leader was tapped: open the palette. */
  readonly leader: boolean;
}

export const LEADER = "ControlRight";
/** Longer than a tap, shorter than anybody waits for a held Ctrl to act. */
export const LEADER_HOLD_MS = 300;
/** Windows sends AltGr as Left Ctrl + Right Alt with one time stamp; browsers deliver both within this time. */
export const PHANTOM_MS = 12;

type Flag = keyof Modifiers;
/** The `key` values whose state every later event repeats; AltGraph is not among them: not every browser reports it. */
const FLAGS: Readonly<Record<string, Flag>> = { Shift: "shift", Control: "control", Alt: "alt", Meta: "meta" };

interface Waiting {
  readonly code: string;
  readonly flag: Flag | null;
  readonly deadlineMs: number;
}

export class Keyboard {
  /** Codes held on the target, with the modifier flag that proves they still are. */
  readonly #held = new Map<string, Flag | null>();
  #waiting: Waiting | null = null;
  #phantomControl = false;

  constructor(private readonly platform: Platform) {}

  /** Some key is down on the target. */
  get holding(): boolean {
    return this.#held.size > 0;
  }

  /** When `tick` wants to be called, on the clock of `KeyInput.timeMs`; `null` = never. */
  get deadline(): number | null {
    return this.#waiting?.deadlineMs ?? null;
  }

  down(input: KeyInput): Verdict {
    if (!usageOf(input.code)) return IGNORED;
    if (input.repeat && (this.#held.has(input.code) || this.#waiting?.code === input.code)) return handled([]);
    if (input.code === "ControlLeft" && this.#phantomControl) return handled([]);
    if (this.#isPhantomPair(input)) {
      this.#waiting = null;
      this.#phantomControl = true;
    }
    const events = [...this.#settle(), ...this.#dropStaleModifiers(input, input.code)];
    if (this.platform === "mac" && input.code === "CapsLock") return handled([...events, ...tap("CapsLock")]);
    if (this.#mustWait(input)) {
      const patienceMs = input.code === LEADER ? LEADER_HOLD_MS : PHANTOM_MS;
      this.#waiting = { code: input.code, flag: FLAGS[input.key] ?? null, deadlineMs: input.timeMs + patienceMs };
      return handled(events);
    }
    // A second "down" of a held key means that its "up" was lost: the target must see two strokes.
    if (this.#held.has(input.code)) events.push(...this.#release(input.code));
    events.push(...this.#press(input.code, FLAGS[input.key] ?? null));
    return handled(events);
  }

  up(input: KeyInput): Verdict {
    if (!usageOf(input.code)) return IGNORED;
    if (input.code === "ControlLeft" && this.#phantomControl) {
      this.#phantomControl = false;
      return handled([]);
    }
    if (this.platform === "mac" && input.code === "CapsLock") return handled(tap("CapsLock"));
    if (this.#waiting?.code === LEADER && input.code === LEADER && input.timeMs < this.#waiting.deadlineMs) {
      this.#waiting = null;
      return { events: [], handled: true, leader: true };
    }
    const events = [...this.#settle(), ...this.#release(input.code), ...this.#dropStaleModifiers(input, input.code)];
    if (this.platform === "mac" && input.key === "Meta") events.push(...this.#releaseOrdinaryKeys());
    return handled(events);
  }

  /** A pointer button or the wheel acts: it must find Ctrl down if Ctrl is down. */
  beforePointer(modifiers: Modifiers): readonly ControlEvent[] {
    return [...this.#settle(), ...this.#dropStaleModifiers(modifiers, null)];
  }

  /** Call when `deadline` has passed. */
  tick(nowMs: number): readonly ControlEvent[] {
    return this.#waiting && nowMs >= this.#waiting.deadlineMs ? this.#settle() : [];
  }

  /** Forgets every key, because the target has them all released by other means. */
  forget(): void {
    this.#held.clear();
    this.#waiting = null;
    this.#phantomControl = false;
  }

  #mustWait(input: KeyInput): boolean {
    if (this.#held.size > 0) return false;
    return input.code === LEADER || (this.platform === "windows" && input.code === "ControlLeft");
  }

  #isPhantomPair(input: KeyInput): boolean {
    return (
      this.#waiting?.code === "ControlLeft" &&
      input.code === "AltRight" &&
      input.key === "AltGraph" &&
      input.timeMs < this.#waiting.deadlineMs
    );
  }

  /** Whatever waits to be understood is an ordinary key after all. */
  #settle(): ControlEvent[] {
    const waiting = this.#waiting;
    if (!waiting) return [];
    this.#waiting = null;
    return this.#press(waiting.code, waiting.flag);
  }

  /** Releases modifiers that the browser says are up although it never told us so (Alt+Tab, a locked screen). */
  #dropStaleModifiers(now: Modifiers, cause: string | null): ControlEvent[] {
    // With Num Lock on, Windows lifts Shift for the time of a numpad key; and a modifier's own event may carry
    // the state from before it.
    const exempt: Flag | null = cause === null ? null : (this.#flagOf(cause) ?? (cause.startsWith("Numpad") ? "shift" : null));
    const stale = [...this.#held].filter(([code, flag]) => flag && flag !== exempt && code !== cause && !now[flag]);
    return stale.flatMap(([code]) => this.#release(code));
  }

  #flagOf(code: string): Flag | null {
    const name = /^(Shift|Control|Alt|Meta)(Left|Right)$/.exec(code)?.[1];
    return name ? (FLAGS[name] ?? null) : null;
  }

  /** macOS gives no "up" for keys pressed while Command is held. */
  #releaseOrdinaryKeys(): ControlEvent[] {
    const ordinary = [...this.#held.keys()].filter((code) => !this.#flagOf(code));
    return ordinary.flatMap((code) => this.#release(code));
  }

  #press(code: string, flag: Flag | null): ControlEvent[] {
    this.#held.set(code, flag);
    return stroke(code, true);
  }

  #release(code: string): ControlEvent[] {
    return this.#held.delete(code) ? stroke(code, false) : [];
  }
}

const IGNORED: Verdict = { events: [], handled: false, leader: false };

function handled(events: readonly ControlEvent[]): Verdict {
  return { events, handled: true, leader: false };
}

/** One edge of one key. */
export function stroke(code: string, down: boolean): ControlEvent[] {
  const usage = usageOf(code);
  return usage ? [{ type: "key", usage, down }] : [];
}

/** Down and up at once. */
export function tap(code: string): ControlEvent[] {
  return [...stroke(code, true), ...stroke(code, false)];
}

/** All down in order, then all up in reverse: Ctrl+Alt+Del and friends. */
export function chord(...codes: readonly string[]): ControlEvent[] {
  return [...codes.flatMap((code) => stroke(code, true)), ...[...codes].reverse().flatMap((code) => stroke(code, false))];
}

export function platformOf(description: string): Platform {
  if (/mac|iphone|ipad/i.test(description)) return "mac";
  return /win/i.test(description) ? "windows" : "other";
}
