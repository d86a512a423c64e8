// Which key is the next one in a direction, for whoever walks over the board with the arrow keys. Pure.

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type Direction = "left" | "right" | "up" | "down";

/** The index of the nearest box in that direction, one that is askew counting for farther; the same one where there is none. */
export function nearest(boxes: readonly Box[], from: number, direction: Direction): number {
  const start = boxes[from];
  if (!start) return from;
  let best = from;
  let least = Infinity;
  for (const [index, box] of boxes.entries()) {
    const { along, across } = offset(start, box, direction);
    if (along <= 0) continue;
    const distance = along + 3 * across;
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}

/** `along` 0: it is not in that direction. To the sides only what is in the same row counts. */
function offset(from: Box, to: Box, direction: Direction): { along: number; across: number } {
  const x = to.left + to.width / 2 - (from.left + from.width / 2);
  const y = to.top + to.height / 2 - (from.top + from.height / 2);
  const aside = apart(from.left, from.width, to.left, to.width);
  const sameRow = apart(from.top, from.height, to.top, to.height) < 0;
  if (direction === "left" || direction === "right") {
    return { along: sameRow ? (direction === "left" ? -x : x) : 0, across: 0 };
  }
  return { along: sameRow ? 0 : direction === "up" ? -y : y, across: Math.max(0, aside) };
}

/** How far two stretches are from each other; negative when they overlap. */
function apart(a: number, aLength: number, b: number, bLength: number): number {
  return Math.max(b - (a + aLength), a - (b + bLength));
}
