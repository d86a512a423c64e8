// Where the target's screen lies in the picture, as the appliance keeps it: for the outline that is shown. Pure.

import type { Alignment } from "../api/settings.ts";
import type { Box } from "./pointer.ts";

/** Thousandths of the picture, as the appliance allows them. */
export const OFFSET_LIMIT = 250;
export const SCALE_LIMITS = { least: 500, most: 1500 } as const;
export const FITS: Alignment = { offset_x: 0, offset_y: 0, scale_x: 1000, scale_y: 1000 };

/** The target's screen, given where the picture is. */
export function outlineOf({ offset_x, offset_y, scale_x, scale_y }: Alignment, picture: Box): Box {
  const along = (start: number, length: number, offset: number, scale: number) => {
    const size = (length * scale) / 1000;
    return { start: start + length / 2 + (length * offset) / 1000 - size / 2, size };
  };
  const x = along(picture.left, picture.width, offset_x, scale_x);
  const y = along(picture.top, picture.height, offset_y, scale_y);
  return { left: x.start, top: y.start, width: x.size, height: y.size };
}

export function isSame(a: Alignment, b: Alignment): boolean {
  return a.offset_x === b.offset_x && a.offset_y === b.offset_y && a.scale_x === b.scale_x && a.scale_y === b.scale_y;
}
