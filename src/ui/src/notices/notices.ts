// What the operator should know about how the appliance came up: one sentence each, the gravest first. Pure.

import type { Preseed, Status, System } from "../api/appliance.ts";
import type { Update } from "../api/update.ts";
import { closed, said, type Values } from "../i18n/format.ts";
import type { Key } from "../i18n/index.ts";
import type { SectionId } from "../settings/place.ts";

export interface Notice {
  readonly id: "rescue" | "memory" | "remade" | "trial" | "factoryReset" | "preseedProblems" | "preseedUnknown" | "wentBack" | "release";
  readonly text: Key;
  readonly values: Values;
  readonly tone: "bad" | "warn" | "calm";
  /** The same text, but of this start only: after the next one it is news again. */
  readonly ofThisStart: boolean;
  /** Where Settings says more. */
  readonly section?: SectionId;
}

export function noticesOf({ system, preseed }: Status, update: Update | null = null): Notice[] {
  return [...ofSystem(system), ...(update ? ofUpdate(update) : []), ...(preseed ? ofPreseed(preseed) : [])];
}

function ofSystem({ rescue, data, trial, slot, factory_reset }: System): Notice[] {
  const found: Notice[] = [];
  const reason = said(data.reason);
  // In rescue mode the data partition is left alone on purpose.
  if (rescue) found.push(start("rescue", "bad"));
  else if (data.state === "memory") found.push(start("memory", "bad", { reason }));
  if (data.state === "remade" && !factory_reset) found.push(start("remade", "warn", { reason }));
  if (trial) found.push({ ...start("trial", "calm", { slot: slot?.toUpperCase() ?? "" }), section: "update" });
  if (factory_reset) found.push(start("factoryReset", "calm"));
  return found;
}

function ofUpdate({ running, slots, channel }: Update): Notice[] {
  const found: Notice[] = [];
  const [now, other] = running === "a" ? [slots.a, slots.b] : [slots.b, slots.a];
  if (other.status === "bad") {
    const values = { version: other.version ?? "?", now: now.version ?? "?", reason: said(other.reason) };
    found.push(updated("wentBack", "warn", values));
  }
  if (channel.latest?.newer) found.push(updated("release", "calm", { version: channel.latest.version }));
  return found;
}

function updated(id: "wentBack" | "release", tone: Notice["tone"], values: Values): Notice {
  return { id, text: `notice.${id}`, values, tone, ofThisStart: false, section: "update" };
}

function ofPreseed({ problems, unknown }: Preseed): Notice[] {
  const found: Notice[] = [];
  if (problems.length > 0) found.push(preseeded("preseedProblems", { problems: problems.map(closed).join(" ") }));
  if (unknown.length > 0) found.push(preseeded("preseedUnknown", { keys: unknown.join(", ") }));
  return found;
}

function start(id: Exclude<Notice["id"], `preseed${string}` | "wentBack" | "release">, tone: Notice["tone"], values: Values = {}): Notice {
  return { id, text: `notice.${id}`, values, tone, ofThisStart: true };
}

function preseeded(id: Extract<Notice["id"], `preseed${string}`>, values: Values): Notice {
  return { id, text: `notice.${id}`, values, tone: "warn", ofThisStart: false };
}

/** A notice that was put away: what it said, and the start of the appliance that it was about. */
export interface PutAway {
  readonly key: string;
  /** By this browser's clock; the appliance's may be wrong. */
  readonly startedMs: number;
}

/** Two clocks and an answer's way: the same start looks a little different each time. */
const SAME_START_MS = 30_000;
/** What a browser remembers at most. */
const REMEMBERED = 16;

export function startOf(uptime: number, nowMs: number): number {
  return nowMs - uptime * 1000;
}

export function open(notices: readonly Notice[], putAway: readonly PutAway[], startedMs: number): Notice[] {
  return notices.filter((notice) => !putAway.some((each) => each.key === keyOf(notice) && isSame(notice, each, startedMs)));
}

function isSame({ ofThisStart }: Notice, each: PutAway, startedMs: number): boolean {
  return !ofThisStart || Math.abs(each.startedMs - startedMs) < SAME_START_MS;
}

export function putAway(notice: Notice, remembered: readonly PutAway[], startedMs: number): PutAway[] {
  const key = keyOf(notice);
  return [...remembered.filter((each) => each.key !== key), { key, startedMs }].slice(-REMEMBERED);
}

function keyOf({ id, values }: Notice): string {
  return `${id} ${JSON.stringify(values)}`;
}

/** What a browser kept is as hostile as any other input. */
export function read(text: string | null): PutAway[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter(isPutAway).slice(-REMEMBERED) : [];
  } catch {
    return [];
  }
}

function isPutAway(each: unknown): each is PutAway {
  const { key, startedMs } = (each ?? {}) as Partial<PutAway>;
  return typeof key === "string" && typeof startedMs === "number";
}
