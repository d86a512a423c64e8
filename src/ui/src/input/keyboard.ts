// What the browser says about keys → what the target's keyboard does. A pure state machine: no DOM, no clock, no timer.
// `input/bindings.ts` feeds it and sends what it returns; the owner calls `tick` when `deadline` passes.
//
//   key: idle ──down──► held ──up | release──► idle          (auto-repeat is the target's own business)
//   Right Ctrl: idle ──down──► waiting ──up──────────────────► leader (the target never sees it)
//                                 ├─another key or button────► held
//                                 └─LEADER_HOLD_MS───────────► held
//   Left Ctrl on Windows: idle ──down──► waiting ──AltGr at the same moment──► phantom (swallowed until AltGr is up)
//                                           └─anything else or PHANTOM_MS────► held
//   A key whose end the browser will not hear: idle ──down──► down and up at once (the target must not repeat it for ever)
//
// What which browser sends on which system, and what has to leave, is one table: `cases.test.ts`.

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

/** Japanese keys that change a mode: Windows sends no end of them, or only with the next press. */
const ENDLESS_ON_WINDOWS = new Set(["Alphanumeric", "Hankaku", "Hiragana", "Katakana", "Romaji", "Zenkaku", "ZenkakuHankaku"]);
/** Korean keyboards send only the beginning of these two. */
const KOREAN = new Set(["Lang1", "Lang2"]);

interface Waiting {
  readonly code: string;
  readonly flags: readonly Flag[];
  readonly deadlineMs: number;
}

export class Keyboard {
  /** Codes held on the target, with the modifier flags of which one proves that they still are; none = nothing tells. */
  readonly #held = new Map<string, readonly Flag[]>();
  #waiting: Waiting | null = null;
  /** When Left Ctrl went down, on Windows: AltGr at that moment makes a phantom of it. */
  #controlMs: number | null = null;
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
    const events = [...this.#takePhantom(input), ...this.#settle(), ...this.#dropStaleModifiers(input, exemptOf(input.code))];
    if (this.#mustWait(input)) {
      const patienceMs = input.code === LEADER ? LEADER_HOLD_MS : PHANTOM_MS;
      this.#waiting = { code: input.code, flags: flagsOf(input), deadlineMs: input.timeMs + patienceMs };
      return handled(events);
    }
    // A second "down" of a held key means that its "up" was lost: the target must see two strokes.
    events.push(...this.#release(input.code));
    events.push(...(this.#endIsUnheard(input) ? tap(input.code) : this.#press(input.code, flagsOf(input))));
    return handled(events);
  }

  up(input: KeyInput): Verdict {
    if (!usageOf(input.code)) return IGNORED;
    if (input.code === "ControlLeft") this.#controlMs = null;
    if (input.code === "AltRight" || (input.code === "ControlLeft" && this.#phantomControl)) this.#phantomControl = false;
    if (this.#beginningIsUnheard(input)) return handled([...this.#settle(), ...tap(input.code)]);
    if (this.#waiting?.code === LEADER && input.code === LEADER && input.timeMs < this.#waiting.deadlineMs) {
      this.#waiting = null;
      return { events: [], handled: true, leader: true };
    }
    const events = [...this.#settle(), ...this.#release(input.code), ...this.#dropStaleModifiers(input, this.#exemptAtUp(input.code))];
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
    this.#controlMs = null;
    this.#phantomControl = false;
  }

  #mustWait(input: KeyInput): boolean {
    if (this.#held.size > 0) return false;
    return input.code === LEADER || (this.platform === "windows" && input.code === "ControlLeft");
  }

  /** AltGr at the moment of Left Ctrl: that was no key, and is taken back where it has gone out already. */
  #takePhantom(input: KeyInput): ControlEvent[] {
    if (this.platform !== "windows") return [];
    if (input.code === "ControlLeft") this.#controlMs = input.timeMs;
    const isAltGr = input.code === "AltRight" && input.key === "AltGraph";
    if (!isAltGr || this.#controlMs === null || input.timeMs - this.#controlMs >= PHANTOM_MS) return [];
    this.#phantomControl = true;
    if (this.#waiting?.code !== "ControlLeft") return this.#release("ControlLeft");
    this.#waiting = null;
    return [];
  }

  /** The browser will not say when this key goes up. */
  #endIsUnheard({ code, key, meta }: KeyInput): boolean {
    // macOS tells of Caps Lock's change only, and of no other key's end while Command is held.
    if (this.platform === "mac") return isCapsLock(code, key) || (meta && !modifierOf(code) && !FLAGS[key]);
    return this.platform === "windows" && (KOREAN.has(code) || ENDLESS_ON_WINDOWS.has(key));
  }

  /** The browser tells of this key only when it goes up. */
  #beginningIsUnheard({ code, key }: KeyInput): boolean {
    if (this.platform === "mac") return isCapsLock(code, key);
    return this.platform === "windows" && code === "PrintScreen" && !this.#held.has(code);
  }

  /** Whatever waits to be understood is an ordinary key after all. */
  #settle(): ControlEvent[] {
    const waiting = this.#waiting;
    if (!waiting) return [];
    this.#waiting = null;
    return this.#press(waiting.code, waiting.flags);
  }

  /** Releases modifiers that the browser says are up although it never told us so (Alt+Tab, a locked screen). */
  #dropStaleModifiers(now: Modifiers, exempt: Flag | null): ControlEvent[] {
    const isStale = (flags: readonly Flag[]) => flags.length > 0 && !flags.some((flag) => flag === exempt || now[flag]);
    const stale = [...this.#held].filter(([, flags]) => isStale(flags));
    return stale.flatMap(([code]) => this.#release(code));
  }

  /** Windows tells of one Shift's end only when both are up; the state that it tells then is true. */
  #exemptAtUp(code: string): Flag | null {
    return this.platform === "windows" && modifierOf(code) ? null : exemptOf(code);
  }

  /** macOS gives no "up" for keys that were down when Command went down. */
  #releaseOrdinaryKeys(): ControlEvent[] {
    const ordinary = [...this.#held.keys()].filter((code) => !modifierOf(code));
    return ordinary.flatMap((code) => this.#release(code));
  }

  #press(code: string, flags: readonly Flag[]): ControlEvent[] {
    this.#held.set(code, flags);
    return stroke(code, true);
  }

  #release(code: string): ControlEvent[] {
    return this.#held.delete(code) ? stroke(code, false) : [];
  }
}

/** And not the modifier that somebody has made of it. */
function isCapsLock(code: string, key: string): boolean {
  return code === "CapsLock" && !FLAGS[key];
}

/** The flag of the modifier in this place, whatever key the local system has made of it. */
function modifierOf(code: string): Flag | null {
  const name = /^(Shift|Control|Alt|Meta)(Left|Right)$/.exec(code)?.[1];
  return name ? (FLAGS[name] ?? null) : null;
}

/** Of the key that it is here and of its place: with Shift, Linux calls Alt "Meta" and sets the flag of Alt. */
function flagsOf({ code, key }: KeyInput): readonly Flag[] {
  const [plays, place] = [FLAGS[key], modifierOf(code)];
  if (!plays) return [];
  return place && place !== plays ? [plays, place] : [plays];
}

/** The flag that an event of this key says nothing about: its own modifier's may be from before it, and with Num Lock on, Windows lifts
 *  Shift for the time of a numpad key. */
function exemptOf(code: string): Flag | null {
  return modifierOf(code) ?? (code.startsWith("Numpad") ? "shift" : null);
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
