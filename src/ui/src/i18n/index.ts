// The page's words. English is the source; the pseudo-locale shows what is not in the catalogue and what does not fit.

import { format, pseudo, type Values } from "./format.ts";
import type access from "./en.access.json";
import en from "./en.json";
import type keys from "./en.keys.json";
import type macros from "./en.macros.json";
import type input from "./en.input.json";
import type paste from "./en.paste.json";
import type settings from "./en.settings.json";
import type trust from "./en.trust.json";
import type update from "./en.update.json";

export type Key = keyof typeof en | keyof typeof access | keyof typeof input | keyof typeof keys | keyof typeof macros | keyof typeof paste | keyof typeof settings | keyof typeof trust | keyof typeof update;
/** Keys that come as `x.one` and `x.other`. */
export type CountKey = Key extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never;

const isPseudo = new URLSearchParams(location.search).get("lang") === "pseudo";
const locale = "en";
const plural = new Intl.PluralRules(locale);

const texts: Partial<Record<Key, string>> = { ...en };

document.documentElement.lang = locale;

/** A lazy chunk brings the texts that it alone shows, so that login does not carry them. */
export function learn(more: Partial<Record<Key, string>>): void {
  Object.assign(texts, more);
}

export function t(key: Key, values: Values = {}): string {
  const text = texts[key] ?? key;
  return format(isPseudo ? pseudo(text) : text, values);
}

/** Whether there are words for it; for what the appliance names. */
export function isKey(key: string): key is Key {
  return key in texts;
}

export function tCount(key: CountKey, count: number): string {
  const form = plural.select(count) === "one" ? "one" : "other";
  return t(`${key}.${form}` as Key, { count: number(count) });
}

const numbers = new Map<number, Intl.NumberFormat>();

export function number(value: number, fractionDigits = 0): string {
  let format = numbers.get(fractionDigits);
  if (!format) {
    format = new Intl.NumberFormat(locale, { maximumFractionDigits: fractionDigits });
    numbers.set(fractionDigits, format);
  }
  return format.format(value);
}
