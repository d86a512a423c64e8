// What a key is called: by the sign that the target's layout has on it, by its name where it has one, by its place otherwise.

import { isKey, t } from "../i18n/index.ts";
import { capOf, type Legends } from "./caps.ts";

const PLAIN = { shift: false, altgr: false, caps: false };

/** Where there is no room for words. */
const SIGNS: Readonly<Record<string, string>> = {
  Backspace: "⌫",
  Tab: "⇥",
  Enter: "↵",
  ShiftLeft: "⇧",
  ShiftRight: "⇧",
  CapsLock: "⇪",
};

export function signOf(code: string): string | undefined {
  return SIGNS[code];
}

/** On a cap, short: Ctrl, ←, F5. `null`: it has a character instead, or nothing. */
export function capName(code: string): string | null {
  const key = `osk.cap.${code.replace(/(Shift|Control|Meta)(Left|Right)$/, "$1")}`;
  if (isKey(key)) return t(key);
  return /^F\d+$/.test(code) ? code : null;
}

/** In words and for lists: the letter in capitals, as on a cap. */
export function keyName(code: string, legends: Legends): string {
  const key = `osk.name.${code}`;
  if (isKey(key)) return t(key);
  const text = capOf(code, legends, PLAIN)?.text;
  if (text && text !== "\u2423") return text.toUpperCase();
  return capName(code) ?? placeOf(code);
}

/** `KeyA` → A, `Digit1` → 1: what a US keyboard has there. */
function placeOf(code: string): string {
  return code.replace(/^(Key|Digit)(?=.$)/, "");
}
