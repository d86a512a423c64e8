// What a macro is, and what one that comes from a file may be. Pure. Keys are the browser's codes: places, not characters.

import { usageOf } from "../input/usages.ts";

export type Step =
  /** `press`: down and up. `down`, `up`: held over what is in between. */
  | { readonly do: "press" | "down" | "up"; readonly key: string }
  | { readonly do: "wait"; readonly ms: number };

export interface Macro {
  readonly id: string;
  readonly name: string;
  /** Runs it from the commands: 1 to 9. */
  readonly digit: number | null;
  readonly steps: readonly Step[];
}

export const MOST_MACROS = 50;
export const MOST_STEPS = 500;
export const LONGEST_NAME = 60;
export const LONGEST_WAIT_MS = 60_000;
/** Of a file, in characters. */
export const LARGEST_FILE = 256 * 1024;

const FORMAT = "farseat-macros";
const VERSION = 1;

/** Why a file was refused: a key of the catalogue behind `macro.bad.`, and what it is about. */
export type Refusal =
  | { readonly why: "size" | "json" | "format" | "version" | "many" }
  | { readonly why: "name" | "steps"; readonly macro: number }
  | { readonly why: "step" | "key" | "wait"; readonly macro: number; readonly step: number };

export type Imported = { readonly ok: true; readonly macros: readonly Macro[] } | { readonly ok: false; readonly refusal: Refusal };

export function print(macros: readonly Macro[]): string {
  const plain = macros.map(({ name, digit, steps }) => ({ name, digit, steps }));
  return JSON.stringify({ format: FORMAT, version: VERSION, macros: plain }, null, 1);
}

/** All of it or nothing. `newId` names those that come in; what was not asked for is left out. */
export function parse(text: string, newId: () => string): Imported {
  if (text.length > LARGEST_FILE) return refused({ why: "size" });
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return refused({ why: "json" });
  }
  if (!isObject(file) || file["format"] !== FORMAT || !Array.isArray(file["macros"])) return refused({ why: "format" });
  if (file["version"] !== VERSION) return refused({ why: "version" });
  if (file["macros"].length > MOST_MACROS) return refused({ why: "many" });
  const macros: Macro[] = [];
  for (const [index, raw] of file["macros"].entries()) {
    const macro = macroOf(raw, index + 1, newId);
    if ("why" in macro) return refused(macro);
    macros.push(macro);
  }
  return { ok: true, macros: withoutTwins(macros) };
}

function macroOf(raw: unknown, macro: number, newId: () => string): Macro | Refusal {
  if (!isObject(raw) || !isName(raw["name"])) return { why: "name", macro };
  const listed = raw["steps"];
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MOST_STEPS) return { why: "steps", macro };
  const steps: Step[] = [];
  for (const [index, each] of listed.entries()) {
    const step = stepOf(each);
    if (typeof step === "string") return { why: step, macro, step: index + 1 };
    steps.push(step);
  }
  return { id: newId(), name: raw["name"].trim(), digit: isDigit(raw["digit"]) ? raw["digit"] : null, steps };
}

function stepOf(raw: unknown): Step | "step" | "key" | "wait" {
  if (!isObject(raw)) return "step";
  const { do: what, key, ms } = raw;
  if (what === "wait") return isWait(ms) ? { do: "wait", ms } : "wait";
  if (what !== "press" && what !== "down" && what !== "up") return "step";
  return typeof key === "string" && usageOf(key) ? { do: what, key } : "key";
}

export function isName(name: unknown): name is string {
  return typeof name === "string" && name.trim() !== "" && name.length <= LONGEST_NAME && !/\p{C}/u.test(name);
}

export function isWait(ms: unknown): ms is number {
  return Number.isInteger(ms) && (ms as number) >= 1 && (ms as number) <= LONGEST_WAIT_MS;
}

export function isDigit(digit: unknown): digit is number {
  return Number.isInteger(digit) && (digit as number) >= 1 && (digit as number) <= 9;
}

/** Of two with one digit the first one keeps it. */
export function withoutTwins(macros: readonly Macro[]): Macro[] {
  const taken = new Set<number>();
  return macros.map((macro) => {
    if (macro.digit === null || taken.has(macro.digit)) return { ...macro, digit: null };
    taken.add(macro.digit);
    return macro;
  });
}

function refused(refusal: Refusal): Imported {
  return { ok: false, refusal };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
