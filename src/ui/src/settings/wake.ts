// A machine of the Wake-on-LAN list as it stands in the fields, and what is wrong with it. Says no before the appliance has
// to. Pure.

import type { Machine } from "../api/wake.ts";
import type { Key } from "../i18n/index.ts";
import { ipv4, isUnicast } from "./form.ts";

export interface Draft {
  readonly name: string;
  readonly mac: string;
  readonly broadcast: string;
  readonly port: string;
}

export type Errors = Partial<Record<keyof Draft, Key>>;

export const PORT = 9;
export const MOST = 64;
const LONGEST_NAME = 64;

export const EMPTY: Draft = { name: "", mac: "", broadcast: "", port: String(PORT) };

export function draftOf({ name, mac, broadcast, port }: Machine): Draft {
  return { name, mac, broadcast: broadcast ?? "", port: String(port ?? PORT) };
}

/** Twelve hexadecimal digits, whatever stands between them; `null` when it is no network chip's address. */
export function macOf(text: string): string | null {
  const shape = /^(?:[0-9a-f]{12}|[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})$/i;
  if (!shape.test(text.trim())) return null;
  const pairs = text.replace(/[^0-9a-f]/gi, "").toLowerCase().match(/../g)!;
  const group = (parseInt(pairs[0]!, 16) & 1) === 1;
  return group || pairs.every((pair) => pair === "00") ? null : pairs.join(":");
}

/** `others`: the names that are taken. */
export function errorsOf(draft: Draft, others: readonly string[]): Errors {
  const name = draft.name.trim();
  const errors: Errors = {};
  if (name === "" || [...name].length > LONGEST_NAME || /\p{Cc}/u.test(name)) errors.name = "wake.name.rule";
  else if (others.includes(name)) errors.name = "wake.name.taken";
  if (macOf(draft.mac) === null) errors.mac = "wake.mac.rule";
  if (draft.broadcast.trim() !== "" && !isPlace(draft.broadcast.trim())) errors.broadcast = "wake.broadcast.rule";
  if (!/^\d{1,5}$/.test(draft.port.trim()) || Number(draft.port) < 1 || Number(draft.port) > 65_535) errors.port = "wake.port.rule";
  return errors;
}

/** 255.255.255.255 */
const EVERYBODY = 0xffff_ffff;

function isPlace(text: string): boolean {
  const address = ipv4(text);
  return address !== null && (address === EVERYBODY || isUnicast(address));
}

/** What a draft without errors means. */
export function machineOf(draft: Draft): Machine {
  const machine: Machine = { name: draft.name.trim(), mac: macOf(draft.mac) ?? draft.mac, port: Number(draft.port) };
  const broadcast = draft.broadcast.trim();
  return broadcast === "" ? machine : { ...machine, broadcast };
}

/** The list with this one instead of the one of that name, or behind all when there was none. */
export function listWith(list: readonly Machine[], machine: Machine, insteadOf: string | null): Machine[] {
  const known = list.some(({ name }) => name === insteadOf);
  return known ? list.map((each) => (each.name === insteadOf ? machine : each)) : [...list, machine];
}
