// The page's words, in the language that was chosen. English is the source, and what is said where another language lacks
// something. What the login shows is there from the start in every language; the rest of another one than English is
// one lazy chunk. `t` reads a signal: whatever is drawn with it is drawn anew when the language changes.

import { computed, effect, signal } from "@preact/signals";
import { language } from "../preferences.ts";
import loginDe from "./de.login.json";
import type access from "./en.access.json";
import type console from "./en.json";
import type help from "./en.help.json";
import type input from "./en.input.json";
import type keys from "./en.keys.json";
import login from "./en.login.json";
import type macros from "./en.macros.json";
import type paste from "./en.paste.json";
import type settings from "./en.settings.json";
import type system from "./en.system.json";
import type trust from "./en.trust.json";
import type update from "./en.update.json";
import type wifi from "./en.wifi.json";
import { format, isName, pseudo, sentence, type Values } from "./format.ts";
import { type Language, languageOf, localeOf, PSEUDO } from "./languages.ts";
import { type Sentences, translate } from "./told.ts";

type Catalogues = typeof login &
  typeof console &
  typeof access &
  typeof help &
  typeof input &
  typeof keys &
  typeof macros &
  typeof paste &
  typeof settings &
  typeof system &
  typeof trust &
  typeof update &
  typeof wifi;
export type Key = keyof Catalogues;
export type Texts = Partial<Record<Key, string>>;
/** Keys that come as `x.other`, and as what else the language counts with. */
export type CountKey = Key extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never;

const texts: Readonly<Record<Language, Texts>> = { en: { ...login }, de: { ...loginDe } };
/** What the appliance says, which is English. */
const device: Partial<Record<Language, Sentences>> = {};
/** What the login does not need. English comes with the chunks that show it: `learn`. */
const REST: Partial<Record<Language, () => Promise<{ readonly default: Texts; readonly device: Sentences }>>> = { de: () => import("./de.ts") };

const browser = globalThis.navigator?.languages ?? [];
const wanted = () => languageOf(language.value, browser);
const isPseudo = computed(() => language.value === PSEUDO);
const spoken = signal<Language>(wanted());
const fetched = new Map<Language, Promise<void>>();

effect(() => void (document.documentElement.lang = isPseudo.value ? "en-x-pseudo" : spoken.value));
effect(() => {
  const next = wanted();
  if (next === spoken.peek()) return;
  void words(next).then(() => {
    if (wanted() === next) spoken.value = next;
  });
});

/** Fetches what the language lacks. When nothing comes, the page goes on in English. */
export function words(of: Language = spoken.peek()): Promise<void> {
  const already = fetched.get(of);
  if (already) return already;
  const coming = fetchRest(of);
  fetched.set(of, coming);
  return coming;
}

async function fetchRest(of: Language): Promise<void> {
  try {
    const rest = await REST[of]?.();
    if (!rest) return;
    Object.assign(texts[of], rest.default);
    device[of] = rest.device;
  } catch {
    fetched.delete(of);
  }
}

/** A lazy chunk brings the English texts that it alone shows, so that login does not carry them. */
export function learn(more: Texts): void {
  Object.assign(texts.en, more);
}

export function t(key: Key, values: Values = {}): string {
  const text = texts[spoken.value][key] ?? texts.en[key];
  if (text === undefined) return key;
  return format(isPseudo.value ? pseudo(text) : text, values, { tell: told, number });
}

/** A sentence of the appliance, in the page's language where it has it; with a capital and a full stop. */
export function told(said: string): string {
  return sentence(translate(said, device[spoken.value] ?? {}));
}

/** Whether there are words for it; for what the appliance names. */
export function isKey(key: string): key is Key {
  return key in texts.en || key in texts[spoken.value];
}

/** The texts whose keys begin so, as one to search: names of things. A sentence is in it only where its whole key is given. */
export function textsUnder(beginnings: readonly string[]): string {
  const keys = (Object.keys(texts.en) as Key[]).filter((key) => beginnings.some((beginning) => key.startsWith(beginning)));
  const found = keys.map((key) => [key, t(key)] as const).filter(([key, text]) => beginnings.includes(key) || isName(text));
  return found.map(([, text]) => text.replace(/\{\w+\}/g, "")).join(" ");
}

export function tCount(key: CountKey, count: number): string {
  const form = `${key}.${plural().select(count)}`;
  return t(isKey(form) ? form : `${key}.other`, { count: number(count) });
}

/** Something of `Intl` in the page's language, made once for each: making it is what takes time. */
export function inLanguage<T>(make: (locale: string) => T): () => T {
  let made: { readonly locale: string; readonly it: T } | null = null;
  return () => {
    const locale = localeOf(spoken.value, browser);
    if (made?.locale !== locale) made = { locale, it: make(locale) };
    return made.it;
  };
}

const plural = inLanguage((locale) => new Intl.PluralRules(locale));
const numbers = new Map<number, () => Intl.NumberFormat>();

export function number(value: number, fractionDigits = 0): string {
  let format = numbers.get(fractionDigits);
  if (!format) {
    format = inLanguage((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: fractionDigits }));
    numbers.set(fractionDigits, format);
  }
  return format().format(value);
}
