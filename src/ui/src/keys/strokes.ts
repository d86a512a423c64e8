// A character → the keys that type it on the target, in the layout that the target is set to. Pure; the appliance does the same for
// texts that are pasted, with more ways than one. Here it has to be at once, one character after the other.

import { codeOf as codeOfUsage } from "../input/usages.ts";
import { Page } from "../protocol/control.ts";
import { capsShifts, type LayoutKey, type Legends, type Meaning } from "./caps.ts";

/** Keys that are pressed together, one such after the other. */
export type Chords = readonly (readonly string[])[];

/** By the level: plain, Shift, AltGr, both. */
const SHIFT = 1;
const ALTGR = 2;
const EVERYWHERE: Readonly<Record<string, string>> = { "\n": "Enter", "\t": "Tab", " ": "Space" };

/** `caps`: the target's light. `null`: the layout does not have it. */
export function chordsOf(character: string, legends: Legends, caps: boolean): Chords | null {
  const everywhere = EVERYWHERE[character];
  if (everywhere) return [[everywhere]];
  const direct = find(legends, caps, (meaning) => "char" in meaning && meaning.char === character);
  if (direct) return [direct];
  // An accent is typed before its letter, where the layout has it as a dead key.
  const [letter, accent, ...more] = character.normalize("NFD");
  if (!letter || !accent || more.length > 0) return null;
  const dead = find(legends, caps, (meaning) => "dead" in meaning && legends.accents[meaning.dead] === accent);
  const base = find(legends, caps, (meaning) => "char" in meaning && meaning.char === letter);
  return dead && base && [dead, base];
}

/** The fewest modifiers win; the keypad, whose keys depend on Num Lock, never does. */
function find({ keys }: Legends, caps: boolean, wanted: (meaning: Meaning) => boolean): readonly string[] | null {
  for (const level of [0, SHIFT, ALTGR, SHIFT + ALTGR]) {
    for (const key of keys.values()) {
      const meaning = key.levels[level];
      const code = codeOfUsage({ page: Page.Keyboard, id: key.usage });
      if (code && meaning && !code.startsWith("Numpad") && wanted(meaning)) return chord(code, key, level, caps);
    }
  }
  return null;
}

function chord(code: string, key: LayoutKey, level: number, caps: boolean): readonly string[] {
  const shift = Boolean(level & SHIFT) !== capsShifts(key, level & ALTGR, caps);
  return [...(shift ? ["ShiftLeft"] : []), ...(level & ALTGR ? ["AltRight"] : []), code];
}
