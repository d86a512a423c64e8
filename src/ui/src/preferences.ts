// How this browser wants to see the console. Kept in the browser, because it is about this screen and this hand.

import { effect, signal, type Signal } from "@preact/signals";
import type { Scaling } from "./input/pointer.ts";
import type { PointerMode } from "./protocol/control.ts";

export type Theme = "auto" | "light" | "dark";

export const SCALINGS: readonly Scaling[] = ["fit", "actual", "fill"];
export const MOUSE_MODES: readonly PointerMode[] = ["absolute", "relative"];
export const THEMES: readonly Theme[] = ["auto", "light", "dark"];

export const scaling = preference("scaling", SCALINGS);
export const mouseMode = preference("mouse", MOUSE_MODES);
export const theme = preference("theme", THEMES);
export const keyHistory = preference("history", ["off", "on"] as const);
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
