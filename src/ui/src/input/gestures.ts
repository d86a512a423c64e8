// Fingers → pointer actions. A pure state machine: no DOM, no clock, no timer.
//
//   idle ──1st finger──► one ──up at once──► tap ► idle
//                         │ ├─still for LONG_PRESS_MS──► dragging ──up──► idle
//                         │ └─moves──► moving (the pointer follows) ──up──► idle
//                         └─2nd finger──► two ──up at once──► right click ► lifting
//                                          ├─move together──► scrolling ──up──► lifting ──all up──► idle
//                                          ├─move apart, or hold a part of the picture──► pinching ──up──► let go ► lifting
//                                          └─3rd finger──► three ──up at once──► keyboard ► lifting
//                                                            └─moves, 4th finger──► lifting

import { Button } from "../protocol/control.ts";
import type { Point } from "./pointer.ts";

/** On the picture a finger is where it touches; on the trackpad it pushes the pointer. */
export type Surface = "picture" | "trackpad";

/** What two fingers do to the picture here: nothing, they scroll; zoom it, by going apart or together; hold it: zoom and move it. */
export type Grip = "none" | "zoom" | "hold";

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
  /** Two fingers that were around `from` are around `to`, `factor` times as far apart; they hold the picture. */
  | { readonly do: "pinch"; readonly from: Point; readonly to: Point; readonly factor: number }
  /** They hold it no more. */
  | { readonly do: "letGo" }
  /** The drag begins: let the operator feel it. */
  | { readonly do: "feel" }
  /** Show the keyboard on the screen, or put it away. */
  | { readonly do: "keyboard" };

export const LONG_PRESS_MS = 500;
/** A finger trembles; less than this many pixels is no movement. */
export const SLOP = 10;
/** So much further apart, or nearer, zooms. Less than twice `SLOP`: a thumb may rest while the other finger goes away from it. */
export const PINCH_SLOP = 16;
const DOUBLE_TAP_MS = 400;
/** The second tap of a double tap lands where the first did, or the target would see two clicks in two places. */
const DOUBLE_TAP_SLOP = 30;

type Phase = "idle" | "one" | "moving" | "dragging" | "two" | "scrolling" | "pinching" | "three" | "lifting";

/** Two fingers: the place between them, and how far apart they are. */
interface Span extends Point {
  readonly apart: number;
}

export class Gestures {
  #phase: Phase = "idle";
  #surface: Surface = "picture";
  #grip: Grip = "none";
  readonly #fingers = new Map<number, Point>();
  /** Two fingers when both were known last; how one of them went on since. */
  #span: Span = { x: 0, y: 0, apart: 0 };
  #ahead: number | null = null;
  #start: Point = { x: 0, y: 0 };
  #startApart = 0;
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

  /** `surface` and `grip` are those of the first finger; the others go with it. */
  down(touch: Touch, surface: Surface, grip: Grip = "none"): Action[] {
    const pinched = this.#phase === "pinching";
    this.#fingers.set(touch.finger, touch);
    if (this.#phase === "idle") {
      this.#surface = surface;
      this.#grip = grip;
      this.#phase = "one";
      this.#start = touch;
      this.#startMs = touch.timeMs;
    } else if (this.#phase === "one" || this.#phase === "moving") {
      this.#phase = "two";
      this.#start = this.#span = this.#spanNow();
      this.#startApart = this.#span.apart;
      this.#ahead = null;
    } else if (this.#phase === "two") {
      this.#phase = "three";
      this.#start = this.#centre();
    } else if (this.#phase === "scrolling" || this.#phase === "pinching" || this.#phase === "three") {
      this.#phase = "lifting";
    }
    return pinched ? [{ do: "letGo" }] : [];
  }

  move(touch: Touch): Action[] {
    const before = this.#fingers.get(touch.finger);
    if (!before) return [];
    if (this.#isPair) return this.#moveOfTwo(touch);
    this.#fingers.set(touch.finger, touch);
    if (this.#phase === "one" && distance(this.#start, touch) > SLOP) this.#phase = "moving";
    if (this.#phase === "three" && distance(this.#start, this.#centre()) > SLOP) this.#phase = "lifting";
    if (this.#phase !== "moving" && this.#phase !== "dragging") return [];
    if (this.#surface === "picture") return [{ do: "point", at: place(touch) }];
    return [{ do: "nudge", dx: touch.x - before.x, dy: touch.y - before.y }];
  }

  up(touch: Touch): Action[] {
    if (!this.#fingers.has(touch.finger)) return [];
    const last = this.#isPair && this.#ahead !== null ? this.#together() : [];
    this.#fingers.delete(touch.finger);
    const phase = this.#phase;
    this.#phase = this.#fingers.size === 0 ? "idle" : phase === "dragging" ? "dragging" : "lifting";
    const quick = touch.timeMs - this.#startMs < LONG_PRESS_MS;
    if (phase === "one" && quick) return this.#tap(touch);
    if (phase === "two" && quick) return [...this.#pointAt(this.#start), ...click(Button.Right)];
    if (phase === "three" && quick) return [{ do: "keyboard" }];
    if (phase === "dragging" && this.#phase === "idle") return [{ do: "release", button: Button.Left }];
    return phase === "pinching" ? [...last, { do: "letGo" }] : last;
  }

  /** The browser took the fingers away. */
  cancel(): Action[] {
    const phase = this.#phase;
    this.#fingers.clear();
    this.#phase = "idle";
    if (phase === "pinching") return [{ do: "letGo" }];
    return phase === "dragging" ? [{ do: "release", button: Button.Left }] : [];
  }

  /** Call when `deadline` has passed. */
  tick(nowMs: number): Action[] {
    if (this.#phase !== "one" || nowMs < this.#startMs + LONG_PRESS_MS) return [];
    this.#phase = "dragging";
    return [...this.#pointAt(this.#start), { do: "press", button: Button.Left }, { do: "feel" }];
  }

  get #isPair(): boolean {
    return this.#phase === "two" || this.#phase === "scrolling" || this.#phase === "pinching";
  }

  /**
   * The browser tells of two fingers one after the other. In between one is ahead of the other, and fingers that move
   * together would look as if they went apart: both are known when the other one was told, or the same one again.
   */
  #moveOfTwo(touch: Touch): Action[] {
    const rests = this.#ahead === touch.finger ? this.#together() : [];
    this.#fingers.set(touch.finger, touch);
    if (this.#ahead !== null && this.#ahead !== touch.finger) return this.#together();
    this.#ahead = touch.finger;
    return rests;
  }

  /** What both fingers did since both were known last. */
  #together(): Action[] {
    const from = this.#span;
    const to = this.#spanNow();
    this.#span = to;
    this.#ahead = null;
    if (this.#phase === "two") this.#phase = this.#intent(to);
    if (this.#phase === "scrolling") return [{ do: "scroll", dx: to.x - from.x, dy: to.y - from.y }];
    if (this.#phase !== "pinching") return [];
    return [{ do: "pinch", from: place(from), to: place(to), factor: to.apart / from.apart }];
  }

  #intent(span: Span): Phase {
    const along = distance(this.#start, span);
    const apart = Math.abs(span.apart - this.#startApart);
    if (this.#grip === "hold") return along > SLOP || apart > PINCH_SLOP ? "pinching" : "two";
    if (this.#grip === "zoom" && apart > PINCH_SLOP && apart > along) return "pinching";
    return along > SLOP ? "scrolling" : "two";
  }

  #spanNow(): Span {
    const [one, other] = [...this.#fingers.values()];
    // Never zero: it is divided by.
    return { ...this.#centre(), apart: one && other ? Math.max(1, distance(one, other)) : 1 };
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
