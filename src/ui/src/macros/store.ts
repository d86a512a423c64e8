// The macros that this browser keeps for this device. What was stored is read as a file from anywhere is: whole, or not at all.

import { signal } from "@preact/signals";
import { type Imported, type Macro, MOST_MACROS, parse, print, withoutTwins } from "./macro.ts";

/** Where they are kept. */
export interface Shelf {
  read(): string | null;
  /** False: the browser keeps nothing. */
  write(text: string): boolean;
}

export type Saved = "saved" | "full" | "notKept";

export class MacroStore {
  readonly macros = signal<readonly Macro[]>([]);
  #ids = 0;

  constructor(private readonly shelf: Shelf) {
    const stored = shelf.read();
    const read = stored === null ? null : parse(stored, this.newId);
    if (read?.ok) this.macros.value = read.macros;
  }

  /** Of this visit. */
  readonly newId = (): string => `m${++this.#ids}`;

  /** A new one, or a change; its digit is taken from whichever had it. */
  save(macro: Macro): Saved {
    const others = this.macros.peek().map((other) => (other.digit === macro.digit ? { ...other, digit: null } : other));
    const known = others.some(({ id }) => id === macro.id);
    if (!known && others.length >= MOST_MACROS) return "full";
    return this.#keep(known ? others.map((other) => (other.id === macro.id ? macro : other)) : [...others, macro]);
  }

  remove(id: string): Saved {
    return this.#keep(this.macros.peek().filter((macro) => macro.id !== id));
  }

  /** Those of a file beside those that are there; digits that are taken stay where they are. */
  add(text: string): { readonly imported: Imported; readonly saved: Saved } {
    const imported = parse(text, this.newId);
    if (!imported.ok) return { imported, saved: "notKept" };
    const all = [...this.macros.peek(), ...imported.macros];
    return { imported, saved: all.length > MOST_MACROS ? "full" : this.#keep(withoutTwins(all)) };
  }

  #keep(macros: readonly Macro[]): Saved {
    this.macros.value = macros;
    return this.shelf.write(print(macros)) ? "saved" : "notKept";
  }
}
