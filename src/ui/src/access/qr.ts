// A QR code as the appliance gives it, rows of 0 and 1, as the path of an SVG: one unit a module. Pure.

/** Light modules around it, as the standard wants them. */
export const QUIET = 4;

export interface Drawing {
  /** Of the whole square, with the light modules around. */
  readonly size: number;
  readonly path: string;
}

export function drawingOf(rows: readonly string[]): Drawing {
  const path = rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map((run) => `M${run.index + QUIET} ${y + QUIET}h${run[0].length}v1h-${run[0].length}z`)).join("");
  return { size: rows.length + 2 * QUIET, path };
}
