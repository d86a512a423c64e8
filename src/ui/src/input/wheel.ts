// Wheel and scroll distances in whatever unit the browser has → whole detents. Pure.

import type { ControlEvent } from "../protocol/control.ts";

/** A `WheelEvent`, as far as the machine needs it. */
export interface WheelInput {
  readonly deltaX: number;
  readonly deltaY: number;
  /** 0 = pixels, 1 = lines, 2 = pages. */
  readonly deltaMode: number;
  /** Shift makes browsers (not macOS) turn a vertical wheel sideways; the target does that by itself. */
  readonly shift: boolean;
  readonly timeMs: number;
}

/** How many detents the target gets for one, by direction; negative = the other way round. */
export interface Scroll {
  readonly vertical: number;
  readonly horizontal: number;
}

export type ScrollSpeed = "0.25" | "0.5" | "1" | "2" | "4";
export type ScrollDirection = "normal" | "reversed";

export const AS_IT_IS: Scroll = { vertical: 1, horizontal: 1 };

const DETENT = [100, 3, 1] as const;
/** A pause this long ends a scroll: what is left of a detent is forgotten. */
const PAUSE_MS = 250;
const WIDEST = 127;

export class Wheel {
  #rest = { x: 0, y: 0 };
  #lastMs = -Infinity;

  turn(input: WheelInput, scroll: Scroll = AS_IT_IS): ControlEvent[] {
    const sideways = input.shift && input.deltaY === 0;
    const deltaY = sideways ? input.deltaX : input.deltaY;
    const deltaX = sideways ? 0 : input.deltaX;
    const detent = DETENT[input.deltaMode] ?? DETENT[0];
    if (input.timeMs - this.#lastMs > PAUSE_MS) this.#rest = { x: 0, y: 0 };
    this.#lastMs = input.timeMs;
    const horizontal = this.#whole("x", deltaX / detent, scroll.horizontal);
    const vertical = -this.#whole("y", deltaY / detent, scroll.vertical);
    if (horizontal === 0 && vertical === 0) return [];
    return [{ type: "wheel", vertical: vertical + 0, horizontal: horizontal + 0 }];
  }

  #whole(axis: "x" | "y", detents: number, factor: number): number {
    // One click of a wheel is between 0.8 and 1.2 of our unit, depending on browser and system.
    const click = (Math.abs(detents) >= 0.8 && Math.abs(detents) <= 1.2 ? Math.sign(detents) : detents) * factor;
    const turnedBack = Math.sign(click) === -Math.sign(this.#rest[axis]);
    const sum = (turnedBack ? 0 : this.#rest[axis]) + click;
    const whole = Math.trunc(sum + Math.sign(sum) * 1e-9);
    this.#rest[axis] = sum - whole;
    return Math.max(-WIDEST, Math.min(WIDEST, whole));
  }
}
