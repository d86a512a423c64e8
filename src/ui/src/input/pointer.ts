// Where the pointer is and what its buttons do: browser pixels → the target's screen. Pure: no DOM, no clock, no timer.

import { type Button, type ControlEvent, POSITION_MAX } from "../protocol/control.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** How the picture lies in its element: whole with borders, one pixel each, or stretched. */
export type Scaling = "fit" | "actual" | "fill";

/** The part of `element` that shows the picture, as CSS `object-fit` places it. */
export function pictureBox(element: Box, picture: { readonly width: number; readonly height: number }, scaling: Scaling): Box {
  if (scaling === "fill" || picture.width === 0 || picture.height === 0) return element;
  // At one pixel each the element is as large as the picture, so that "fit" changes nothing.
  const scale = Math.min(element.width / picture.width, element.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return {
    left: element.left + (element.width - width) / 2,
    top: element.top + (element.height - height) / 2,
    width,
    height,
  };
}

/** The place on the target's screen; points beside the picture go to its nearest edge. */
export function toTarget(point: Point, picture: Box): Point {
  const part = (offset: number, length: number) => (length > 0 ? Math.min(1, Math.max(0, offset / length)) : 0);
  return {
    x: Math.round(part(point.x - picture.left, picture.width) * POSITION_MAX),
    y: Math.round(part(point.y - picture.top, picture.height) * POSITION_MAX),
  };
}

export function isInside(point: Point, box: Box): boolean {
  return point.x >= box.left && point.x <= box.left + box.width && point.y >= box.top && point.y <= box.top + box.height;
}

/** This near to the edge the far end of a picture larger than its element is fully in view. */
const PAN_MARGIN = 40;

/** How far to scroll one axis of a picture larger than its element, so that the pointer can reach all of it. */
export function pan(offset: number, length: number, hidden: number): number {
  const part = (offset - PAN_MARGIN) / Math.max(1, length - 2 * PAN_MARGIN);
  return Math.round(Math.min(1, Math.max(0, part)) * Math.max(0, hidden));
}

const BUTTONS: readonly Button[] = [0, 1, 2, 3, 4];

/** The edges between two values of `MouseEvent.buttons`; browsers report a second button's press only there. */
export function buttonEdges(before: number, after: number): ControlEvent[] {
  return BUTTONS.filter((button) => ((before ^ after) >> button) & 1).map((button) => ({
    type: "button",
    button,
    down: ((after >> button) & 1) === 1,
  }));
}

/** 125 Hz, what a plain USB mouse reports. */
export const MOVE_INTERVAL_MS = 8;

/**
 * Thins moves out to one every `MOVE_INTERVAL_MS`; the last one is never lost, only late by that time.
 * `flush` before every button, wheel or key, so that each finds the pointer where the operator saw it.
 */
export class Moves {
  #to: Point | null = null;
  #sent: Point | null = null;
  #by = { x: 0, y: 0 };
  #lastMs = -Infinity;

  /** When `flush` wants to be called; `null` = never. */
  get deadline(): number | null {
    return this.#to || Math.trunc(this.#by.x) !== 0 || Math.trunc(this.#by.y) !== 0 ? this.#lastMs + MOVE_INTERVAL_MS : null;
  }

  to(place: Point, timeMs: number): ControlEvent[] {
    this.#to = place;
    return this.#emitWhenDue(timeMs);
  }

  /** Fractions of a pixel add up; none is lost. */
  by(dx: number, dy: number, timeMs: number): ControlEvent[] {
    this.#by.x += dx;
    this.#by.y += dy;
    return this.#emitWhenDue(timeMs);
  }

  flush(timeMs: number): ControlEvent[] {
    const events: ControlEvent[] = [];
    if (this.#to && (this.#to.x !== this.#sent?.x || this.#to.y !== this.#sent.y)) {
      events.push({ type: "moveTo", ...this.#to });
      this.#sent = this.#to;
    }
    this.#to = null;
    const dx = Math.trunc(this.#by.x);
    const dy = Math.trunc(this.#by.y);
    if (dx !== 0 || dy !== 0) {
      events.push({ type: "moveBy", dx, dy });
      this.#by.x -= dx;
      this.#by.y -= dy;
    }
    if (events.length > 0) this.#lastMs = timeMs;
    return events;
  }

  /** The target's pointer may be anywhere now: the next place is sent even if it is the last one again. */
  forget(): void {
    this.#to = null;
    this.#sent = null;
    this.#by = { x: 0, y: 0 };
  }

  #emitWhenDue(timeMs: number): ControlEvent[] {
    return timeMs - this.#lastMs >= MOVE_INTERVAL_MS ? this.flush(timeMs) : [];
  }
}
