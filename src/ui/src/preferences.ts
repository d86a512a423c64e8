// How this browser wants to see the console. Kept in the browser, because it is about this screen and this hand.

import { effect, signal, type Signal } from "@preact/signals";
import type { Scaling } from "./input/pointer.ts";
import { LANGUAGE_CHOICES, PSEUDO } from "./i18n/languages.ts";
import type { MouseChoice } from "./input/mode.ts";
import type { ScrollDirection, ScrollSpeed } from "./input/wheel.ts";

export type Theme = "auto" | "light" | "dark";
/** What this browser's own pointer looks like over the picture. */
export type Cursor = "dot" | "hidden" | "normal";

export const SCALINGS: readonly Scaling[] = ["fit", "actual", "fill"];
export const MOUSE_CHOICES: readonly MouseChoice[] = ["automatic", "absolute", "relative"];
export const CURSORS: readonly Cursor[] = ["dot", "hidden", "normal"];
export const SCROLL_SPEEDS: readonly ScrollSpeed[] = ["1", "0.25", "0.5", "2", "4"];
export const SCROLL_DIRECTIONS: readonly ScrollDirection[] = ["normal", "reversed"];
export const THEMES: readonly Theme[] = ["auto", "light", "dark"];

/** How pictures come: each by itself, or as changes of the one before. */
export type CodecChoice = "jpeg" | "h264";
export const CODECS: readonly CodecChoice[] = ["jpeg", "h264"];

export const codec = preference("codec", CODECS);
export const scaling = preference("scaling", SCALINGS);
export const mouseChoice = preference("mouse", MOUSE_CHOICES);
export const cursor = preference("cursor", CURSORS);
export const scrollSpeed = preference("scroll", SCROLL_SPEEDS);
export const scrollDirection = preference("scroll-direction", SCROLL_DIRECTIONS);
export const scrollSideways = preference("scroll-sideways", SCROLL_DIRECTIONS);
export const theme = preference("theme", THEMES);
export const keyHistory = preference("history", ["off", "on"] as const);
export const language = preference("language", [...LANGUAGE_CHOICES, PSEUDO]);
export const bar = preference("bar", ["open", "closed"] as const);

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});

/** The keyboard layout of this device's target: the device is the origin that the browser keeps it for. `null`: none was chosen. */
export const targetLayout = signal<string | null>(read("farseat.layout"));
export const layoutMemory = {
  read: (): string | null => targetLayout.peek(),
  write: (id: string): void => {
    targetLayout.value = id;
    write("farseat.layout", id);
  },
};

/** Macros are this browser's, too: no appliance hears of them before they are run. */
export const macroShelf = {
  read: (): string | null => read("farseat.macros"),
  write: (text: string): boolean => write("farseat.macros", text),
};

/** The first of `allowed` is the default; anything else that is stored is ignored. */
function preference<T extends string>(name: string, allowed: readonly T[]): Signal<T> {
  const key = `farseat.${name}`;
  const stored = allowed.find((value) => value === read(key));
  const preference = signal<T>(stored ?? allowed[0]!);
  effect(() => void write(key, preference.value));
  // What is chosen in one tab holds in the others.
  globalThis.addEventListener?.("storage", (event) => {
    if (event.key === key) preference.value = allowed.find((value) => value === event.newValue) ?? allowed[0]!;
  });
  return preference;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // The browser forbids storage: every visit starts with the defaults.
  }
}

/** False: it is forgotten with the page. */
function write(key: string, value: string): boolean {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}
