// The appliance's log as a page shows it: the newest lines, and what of them fits the filter. Pure.

import type { Level, Line } from "../api/diagnostics.ts";
import { find } from "../find.ts";

/** As many as the appliance keeps. */
export const MOST = 1000;

export const LEVELS = ["error", "warn", "info", "debug"] as const;
export type LeastLevel = (typeof LEVELS)[number];

const ORDER: readonly Level[] = [...LEVELS, "trace"];

/** The lines with this one. An appliance that has restarted counts anew. */
export function withLine(lines: readonly Line[], line: Line): readonly Line[] {
  const last = lines.at(-1);
  if (last && line.number === last.number) return lines;
  if (last && line.number < last.number) return [line];
  return [...lines.slice(-(MOST - 1)), line];
}

/** Those that are at least so grave and have every word of `query`; the newest first. */
export function found(lines: readonly Line[], least: LeastLevel, query: string): readonly Line[] {
  const grave = lines.filter(({ level }) => ORDER.indexOf(level) <= ORDER.indexOf(least));
  return find(query, grave.map((line) => ({ line, text: `${line.level} ${line.part} ${line.text}` })))
    .map(({ line }) => line)
    .reverse();
}
