// The states that the console can show, and what is to be known of each. The texts are in `en.help.json`; here is which
// there are, in which order, and how many things there are to do. Pure.

import type { Key } from "../i18n/index.ts";

/** Of the connection, of the picture, of keyboard and mouse. */
export const GROUPS = ["connection", "picture", "keys"] as const;
export type Group = (typeof GROUPS)[number];

/** Each with how many steps there are to what to do. */
export const STATES = {
  connecting: { group: "connection", steps: 1 },
  lost: { group: "connection", steps: 3 },
  restarting: { group: "connection", steps: 1 },
  switchedOff: { group: "connection", steps: 1 },
  starting: { group: "picture", steps: 1 },
  no_device: { group: "picture", steps: 2 },
  no_cable: { group: "picture", steps: 3 },
  no_sync: { group: "picture", steps: 2 },
  out_of_range: { group: "picture", steps: 2 },
  asleep: { group: "picture", steps: 2 },
  off: { group: "picture", steps: 2 },
  usb_disconnected: { group: "keys", steps: 3 },
  no_gadget: { group: "keys", steps: 2 },
  keyboard_alone: { group: "keys", steps: 1 },
  taken: { group: "keys", steps: 1 },
  free: { group: "keys", steps: 1 },
  viewer: { group: "keys", steps: 1 },
  hold: { group: "keys", steps: 1 },
} as const satisfies Record<string, { readonly group: Group; readonly steps: number }>;

export type StateId = keyof typeof STATES;

export interface Page {
  readonly id: StateId;
  readonly title: Key;
  readonly means: Key;
  readonly steps: readonly Key[];
}

export function pagesOf(group: Group): readonly Page[] {
  return (Object.keys(STATES) as StateId[]).filter((id) => STATES[id].group === group).map(pageOf);
}

export function pageOf(id: StateId): Page {
  const steps = Array.from({ length: STATES[id].steps }, (_, at) => `help.${id}.do.${at + 1}` as Key);
  return { id, title: `title.${id}`, means: `help.${id}`, steps };
}
