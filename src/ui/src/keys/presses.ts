// Keys that are pressed on the screen → what the target's keyboard does. A pure state machine: no DOM, no clock.
// `screens/keys/keyboard.tsx` feeds it and sends what it returns. A key is down on the target for as long as a finger is on it.
//
//   modifier: off ──tap──► once ──tap──► locked ──tap──► off        once ──another key or button goes up──► off
//             off ──held for long, or while another key was pressed──► off when the finger goes
//
// A modifier that is on is down on the target all the time: what is shown is so, and a click with the mouse finds it, too.

import { stroke } from "../input/keyboard.ts";
import { codeOf } from "../input/usages.ts";
import type { ControlEvent } from "../protocol/control.ts";
import { MODIFIERS } from "./board.ts";

export type Grip = "off" | "once" | "locked";

/** Whoever keeps a modifier down for so long means to hold it. */
export const LONG_MS = 600;

interface Finger {
  readonly code: string;
  readonly sinceMs: number;
  /** Another key was pressed meanwhile. */
  used: boolean;
}

export class Presses {
  readonly #fingers = new Map<number, Finger>();
  readonly #grips = new Map<string, Grip>();

  /** Some key is down on the target. */
  get holding(): boolean {
    return this.#fingers.size > 0 || this.#grips.size > 0;
  }

  isDown(code: string): boolean {
    return this.#grips.has(code) || this.#isTouched(code);
  }

  /** This finger is on a key. */
  isPressed(finger: number): boolean {
    return this.#fingers.has(finger);
  }

  grip(code: string): Grip {
    return this.#grips.get(code) ?? "off";
  }

  down(code: string, finger: number, timeMs: number): readonly ControlEvent[] {
    const events = [...this.up(finger, timeMs)];
    // Two fingers on one key are one press.
    if (this.#isTouched(code)) return events;
    const wasDown = this.#grips.has(code);
    if (!isModifier(code)) for (const other of this.#fingers.values()) other.used = true;
    this.#fingers.set(finger, { code, sinceMs: timeMs, used: false });
    return wasDown ? events : [...events, ...stroke(code, true)];
  }

  up(finger: number, timeMs: number): readonly ControlEvent[] {
    const press = this.#fingers.get(finger);
    if (!press) return [];
    this.#fingers.delete(finger);
    if (!isModifier(press.code)) return [...stroke(press.code, false), ...this.#releaseOnce()];
    const held = press.used || timeMs - press.sinceMs >= LONG_MS;
    const next = held ? "off" : AFTER[this.grip(press.code)];
    if (next !== "off") {
      this.#grips.set(press.code, next);
      return [];
    }
    this.#grips.delete(press.code);
    return stroke(press.code, false);
  }

  /** What went to the target from elsewhere, a real keyboard or the mouse: a modifier for the next key was for that one. */
  elsewhere(event: ControlEvent): readonly ControlEvent[] {
    const over = event.type === "button" ? !event.down : event.type === "key" && !event.down && !MODIFIERS.includes(codeOf(event.usage) ?? "");
    return over ? this.#releaseOnce() : [];
  }

  /** Everything up. */
  release(): readonly ControlEvent[] {
    const codes = new Set([...[...this.#fingers.values()].map(({ code }) => code), ...this.#grips.keys()]);
    this.forget();
    return [...codes].flatMap((code) => stroke(code, false));
  }

  /** The target has let go of everything by other means. */
  forget(): void {
    this.#fingers.clear();
    this.#grips.clear();
  }

  /** Modifiers that were meant for one key, but for those that a finger is still on. */
  #releaseOnce(): ControlEvent[] {
    const done = [...this.#grips].filter(([code, grip]) => grip === "once" && !this.#isTouched(code)).map(([code]) => code);
    for (const code of done) this.#grips.delete(code);
    return done.flatMap((code) => stroke(code, false));
  }

  #isTouched(code: string): boolean {
    return [...this.#fingers.values()].some((finger) => finger.code === code);
  }
}

const AFTER: Readonly<Record<Grip, Grip>> = { off: "once", once: "locked", locked: "off" };

export function isModifier(code: string): boolean {
  return MODIFIERS.includes(code);
}
