// What the end of the appliance means for who uses it and for what is under way: one sentence each. Pure.

import type { Power } from "../api/power.ts";
import type { Values } from "../i18n/format.ts";
import type { CountKey, Key } from "../i18n/index.ts";

export type Consequence = { readonly key: Key; readonly values: Values } | { readonly counted: CountKey; readonly count: number };

/** `own`: who looks at it; their own page is none of the others. */
export function consequencesOf({ controller, seats, viewers, pasting, update, trial }: Power, own: string | null): Consequence[] {
  const found: Consequence[] = [];
  const others = Math.max(seats, viewers) - 1;
  if (controller !== null && controller !== own) found.push({ key: "power.loses.controller", values: { name: controller } });
  if (others > 0) found.push({ counted: "power.loses.others", count: others });
  if (pasting) found.push({ key: "power.loses.pasting", values: {} });
  if (update !== null) found.push({ key: "power.loses.update", values: {} });
  if (trial) found.push({ key: "power.loses.trial", values: {} });
  return found;
}
