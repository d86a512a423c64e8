// Fingers → pointer actions. A pure state machine: no DOM, no clock, no timer.
//
//   idle ──1st finger──► one ──up at once──► tap ► idle
//                         │ ├─still for LONG_PRESS_MS──► dragging ──up──► idle
//                         │ └─moves──► moving (the pointer follows) ──up──► idle
//                         └─2nd finger──► two ──up at once──► right click ► lifting
//                                          ├─moves──► scrolling ──up──► lifting ──all up──► idle
//                                          └─3rd finger──► three ──up at once──► keyboard ► lifting
//                                                            └─moves, 4th finger──► lifting

import { Button } from "../protocol/control.ts";
import type { Point } from "./pointer.ts";

/** On the picture a finger is where it touches; on the trackpad it pushes the pointer. */
export type Surface = "picture" | "trackpad";

export interface Touch extends Point {
  readonly finger: number;
  readonly timeMs: number;
}

export type Action =
  | { readonly do: "point"; readonly at: Point }
  | { readonly do: "nudge"; readonly dx: number; readonly dy: number }
  | { readonly do: "press"; readonly button: Button }
  | { readonly do: "release"; readonly button: Button }
  /** Pixels that the fingers moved; the content follows them. */
  | { readonly do: "scroll"; readonly dx: number; readonly dy: number }
  /** The drag begins: let the operator feel it. */
  | { readonly do: "feel" }
  /** Show the keyboard on the screen, or put it away. */
  | { readonly do: "keyboard" };

export const LONG_PRESS_MS = 500;
/** A finger trembles; less than this many pixels is no movement. */
export const SLOP = 10;
const DOUBLE_TAP_MS = 400;
/** The second tap of a double tap lands where the first did, or the target would see two clicks in two places. */
const DOUBLE_TAP_SLOP = 30;

type Phase = "idle" | "one" | "moving" | "dragging" | "two" | "scrolling" | "three" | "lifting";

export class Gestures {
  #phase: Phase = "idle";
  #surface: Surface = "picture";
  readonly #fingers = new Map<number, Point>();
  #start: Point = { x: 0, y: 0 };
  #startMs = 0;
  #lastTap: (Point & { readonly timeMs: number }) | null = null;

  /** When `tick` wants to be called; `null` = never. */
  get deadline(): number | null {
    return this.#phase === "one" ? this.#startMs + LONG_PRESS_MS : null;
  }

  /** A button is down on the target. */
  get holding(): boolean {
    return this.#phase === "dragging";
  }

  down(touch: Touch, surface: Surface): Action[] {
    this.#fingers.set(touch.finger, touch);
    if (this.#phase === "idle") {
      this.#surface = surface;
      this.#phase = "one";
      this.#start = touch;
      this.#startMs = touch.timeMs;
    } else if (this.#phase === "one" || this.#phase === "moving") {
      this.#phase = "two";
      this.#start = this.#centre();
    } else if (this.#phase === "two") {
      this.#phase = "three";
      this.#start = this.#centre();
    } else if (this.#phase === "scrolling" || this.#phase === "three") {
      this.#phase = "lifting";
    }
    return [];
  }

  move(touch: Touch): Action[] {
    const before = this.#fingers.get(touch.finger);
    if (!before) return [];
    const centreBefore = this.#centre();
    this.#fingers.set(touch.finger, touch);
    const centre = this.#centre();
    if (this.#phase === "one" && distance(this.#start, touch) > SLOP) this.#phase = "moving";
    if (this.#phase === "two" && distance(this.#start, centre) > SLOP) this.#phase = "scrolling";
    if (this.#phase === "three" && distance(this.#start, centre) > SLOP) this.#phase = "lifting";
    switch (this.#phase) {
      case "moving":
      case "dragging":
        if (this.#surface === "picture") return [{ do: "point", at: place(touch) }];
        return [{ do: "nudge", dx: touch.x - before.x, dy: touch.y - before.y }];
      case "scrolling":
        return [{ do: "scroll", dx: centre.x - centreBefore.x, dy: centre.y - centreBefore.y }];
      default:
        return [];
    }
  }

  up(touch: Touch): Action[] {
    if (!this.#fingers.delete(touch.finger)) return [];
    const phase = this.#phase;
    this.#phase = this.#fingers.size === 0 ? "idle" : phase === "dragging" ? "dragging" : "lifting";
    const quick = touch.timeMs - this.#startMs < LONG_PRESS_MS;
    if (phase === "one" && quick) return this.#tap(touch);
    if (phase === "two" && quick) return [...this.#pointAt(this.#start), ...click(Button.Right)];
    if (phase === "three" && quick) return [{ do: "keyboard" }];
    if (phase === "dragging" && this.#phase === "idle") return [{ do: "release", button: Button.Left }];
    return [];
  }

  /** The browser took the fingers away. */
  cancel(): Action[] {
    const held = this.holding;
    this.#fingers.clear();
    this.#phase = "idle";
    return held ? [{ do: "release", button: Button.Left }] : [];
  }

  /** Call when `deadline` has passed. */
  tick(nowMs: number): Action[] {
    if (this.#phase !== "one" || nowMs < this.#startMs + LONG_PRESS_MS) return [];
    this.#phase = "dragging";
    return [...this.#pointAt(this.#start), { do: "press", button: Button.Left }, { do: "feel" }];
  }

  #tap(touch: Touch): Action[] {
    const last = this.#lastTap;
    const second = last && touch.timeMs - last.timeMs < DOUBLE_TAP_MS && distance(last, touch) < DOUBLE_TAP_SLOP;
    this.#lastTap = second ? null : { ...place(touch), timeMs: touch.timeMs };
    return [...this.#pointAt(second ? last : touch), ...click(Button.Left)];
  }

  #pointAt(point: Point): Action[] {
    return this.#surface === "picture" ? [{ do: "point", at: place(point) }] : [];
  }

  #centre(): Point {
    let x = 0;
    let y = 0;
    for (const finger of this.#fingers.values()) {
      x += finger.x / this.#fingers.size;
      y += finger.y / this.#fingers.size;
    }
    return { x, y };
  }
}

function click(button: Button): Action[] {
  return [
    { do: "press", button },
    { do: "release", button },
  ];
}

function place(point: Point): Point {
  return { x: point.x, y: point.y };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
