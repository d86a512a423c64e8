// The picture closer up: how much larger it is shown, and which part of it is in sight. Pure: no DOM, no clock, no timer.
// All lengths are CSS pixels from the corner of the frame that the picture is seen through.

import { type Box, pan, type Point } from "./pointer.ts";

/** What is at `p` while the picture is whole is shown at `scale · p + (x, y)`. */
export interface Zoom extends Point {
  readonly scale: number;
}

/** What the picture is seen through, and where it lies in there while it is whole. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly picture: Box;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
/** A pixel of the target is then as large as a fingertip on the densest screen. */
export const MOST = 8;
/** Fingers that go together nearly as far as they went apart mean the whole picture. */
const SNAP = 1.1;
/** A place that is brought into sight is this far from the frame's edge. */
const REVEAL_MARGIN = 32;

/** Where a part of the frame is shown. */
export function shown({ scale, x, y }: Zoom, box: Box): Box {
  return { left: box.left * scale + x, top: box.top * scale + y, width: box.width * scale, height: box.height * scale };
}

/** A part of the picture is out of sight. */
export function isCropped(zoom: Zoom, frame: Frame): boolean {
  const { width, height } = shown(zoom, frame.picture);
  return isLonger(width, frame.width) || isLonger(height, frame.height);
}

/** Two fingers that were around `from` are around `to`, `factor` times as far apart: what they hold stays under them. */
export function pinch(zoom: Zoom, frame: Frame, from: Point, to: Point, factor: number): Zoom {
  const scale = Math.min(MOST, Math.max(1, zoom.scale * factor));
  const along = (offset: number, before: number, now: number) => now - ((before - offset) / zoom.scale) * scale;
  return kept({ scale, x: along(zoom.x, from.x, to.x), y: along(zoom.y, from.y, to.y) }, frame);
}

/** The fingers let go. */
export function letGo(zoom: Zoom, frame: Frame): Zoom {
  return kept(zoom.scale < SNAP ? { ...zoom, scale: 1 } : zoom, frame);
}

/** The mouse is here: moving it towards what is out of sight reaches it. */
export function follow(zoom: Zoom, frame: Frame, mouse: Point): Zoom {
  const { width, height } = shown(zoom, frame.picture);
  return kept(
    {
      ...zoom,
      x: -zoom.scale * frame.picture.left - pan(mouse.x, frame.width, width - frame.width),
      y: -zoom.scale * frame.picture.top - pan(mouse.y, frame.height, height - frame.height),
    },
    frame,
  );
}

/** As little as it takes to have this place in sight. */
export function reveal(zoom: Zoom, frame: Frame, place: Point): Zoom {
  const along = (at: number, room: number) => {
    const margin = Math.min(REVEAL_MARGIN, room / 2);
    return Math.max(0, margin - at) + Math.min(0, room - margin - at);
  };
  return kept({ ...zoom, x: zoom.x + along(place.x, frame.width), y: zoom.y + along(place.y, frame.height) }, frame);
}

/** The nearest that leaves no room empty which the picture could fill; what is smaller than the frame is in its middle. */
export function kept(zoom: Zoom, frame: Frame): Zoom {
  const { picture } = frame;
  const x = keptAlong(zoom.x, zoom.scale, picture.left, picture.width, frame.width);
  const y = keptAlong(zoom.y, zoom.scale, picture.top, picture.height, frame.height);
  return zoom.scale === 1 && x === 0 && y === 0 ? WHOLE : { scale: zoom.scale, x, y };
}

function keptAlong(offset: number, scale: number, start: number, length: number, room: number): number {
  const size = length * scale;
  if (isLonger(size, room)) return Math.min(-scale * start, Math.max(room - size - scale * start, offset));
  // While it is whole, the page's own layout has put it there.
  return scale === 1 ? 0 : (room - size) / 2 - scale * start;
}

/** The layout's fractions of a pixel do not count. */
function isLonger(length: number, room: number): boolean {
  return length > room + 0.5;
}
