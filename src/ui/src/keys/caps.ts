// What is on a key's cap: what the target would read now, with the modifiers that are held and the lock lights that are lit.
// Pure. The meanings are the appliance's, of the layout that the target is set to; no layout is known here.

import { codeOf as codeOfUsage, usageOf } from "../input/usages.ts";
import { Page } from "../protocol/control.ts";

export type Meaning = { readonly char: string } | { readonly dead: string };

export interface LayoutKey {
  readonly usage: number;
  /** Plain, Shift, AltGr, both. */
  readonly levels: readonly (Meaning | null)[];
}

/** A layout as far as caps need it. */
export interface Legends {
  readonly keys: ReadonlyMap<number, LayoutKey>;
  /** What a dead key shows, by its name. */
  readonly accents: Readonly<Record<string, string>>;
}

export interface Held {
  readonly shift: boolean;
  readonly altgr: boolean;
  /** The target's light. */
  readonly caps: boolean;
}

export interface Cap {
  /** Empty: the key means nothing on this level. */
  readonly text: string;
  /** It changes the next character only. */
  readonly dead: boolean;
}

const NOTHING: Cap = { text: "", dead: false };

/** `null`: the layout says nothing of this key; it has a name instead. */
export function capOf(code: string, { keys, accents }: Legends, held: Held): Cap | null {
  const key = keyOf(code, keys);
  if (!key) return null;
  return shown(key.levels[levelOf(key, held)] ?? null, accents);
}

/** Small beside the plain meaning: what Shift gives, where it is not the same letter, and what AltGr gives. */
export function hintsOf(code: string, { keys, accents }: Legends): { readonly shift: string; readonly altgr: string } {
  const [plain, shift, altgr] = keyOf(code, keys)?.levels ?? [];
  const hidden = plain && shift && isLetter(plain, shift);
  return { shift: hidden ? "" : shown(shift ?? null, accents).text, altgr: shown(altgr ?? null, accents).text };
}

/** The key that has this sign without any modifier. */
export function codeOf(sign: string, { keys }: Legends): string | undefined {
  const typed = (key: LayoutKey) => key.levels[0] && "char" in key.levels[0] && key.levels[0].char === sign;
  const key = [...keys.values()].find(typed);
  return key && codeOfUsage({ page: Page.Keyboard, id: key.usage });
}

function keyOf(code: string, keys: Legends["keys"]): LayoutKey | undefined {
  const usage = usageOf(code);
  return usage?.page === Page.Keyboard ? keys.get(usage.id) : undefined;
}

function levelOf(key: LayoutKey, { shift, altgr, caps }: Held): number {
  const third = altgr ? 2 : 0;
  return third + (shift !== capsShifts(key, third, caps) ? 1 : 0);
}

/** Caps Lock is Shift for letters, and with Shift it is none. `third`: 0, or with AltGr 2. */
export function capsShifts({ levels }: LayoutKey, third: number, caps: boolean): boolean {
  const [below, above] = [levels[third], levels[third + 1]];
  return Boolean(caps && below && above && isLetter(below, above));
}

function isLetter(below: Meaning, above: Meaning): boolean {
  return "char" in below && "char" in above && below.char !== above.char && below.char.toUpperCase() === above.char;
}

function shown(meaning: Meaning | null, accents: Legends["accents"]): Cap {
  if (!meaning) return NOTHING;
  if ("char" in meaning) return { text: visible(meaning.char), dead: false };
  return { text: visible(accents[meaning.dead] ?? "\u25cc"), dead: true };
}

/** Signs that go on top of another are shown on a circle, spaces as a bracket, what has no look at all as a box. */
function visible(character: string): string {
  if (/^\p{M}$/u.test(character)) return `\u25cc${character}`;
  if (/^\p{Zs}$/u.test(character)) return "\u2423";
  if (/^[\p{C}]$/u.test(character)) return "\u25a1";
  return character;
}
