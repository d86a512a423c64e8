// What a text field of this page holds → what is typed on the target so that it holds the same. A pure state machine: no DOM, no layout.
// For keyboards that tell of no keys: a phone's own (code 229), dictation, an input method. `screens/keys/own-keyboard.tsx` feeds it.
//
// Such keyboards change what they have written already: they correct a word, swipe it anew, compose it. So each change of the field is one:
// from the first character that differs on the target is sent back, and what is in the field now is typed.

/** What has to be done on the target. */
export interface Edit {
  /** So often Backspace. */
  readonly erase: number;
  readonly type: readonly string[];
  /** What the target cannot have, each once, as soon as the composing is over. */
  readonly missing: readonly string[];
}

interface Character {
  readonly character: string;
  /** It is on the target. */
  readonly typed: boolean;
}

export class Field {
  #has: readonly Character[] = [];

  /** The field holds this now. `composing`: the last word may change yet, so nothing is said about it. */
  change(value: string, composing: boolean, canType: (character: string) => boolean): Edit {
    const now = [...value];
    const same = this.#sameAs(now);
    const erase = this.#has.slice(same).filter(({ typed }) => typed).length;
    const fresh = now.slice(same).map((character) => ({ character, typed: canType(character) }));
    this.#has = [...this.#has.slice(0, same), ...fresh];
    const missing = composing ? [] : this.#has.filter(({ typed }) => !typed).map(({ character }) => character);
    return { erase, type: fresh.filter(({ typed }) => typed).map(({ character }) => character), missing: [...new Set(missing)] };
  }

  /** The field was emptied; the target keeps what it has. */
  forget(): void {
    this.#has = [];
  }

  #sameAs(now: readonly string[]): number {
    const differs = this.#has.findIndex(({ character }, at) => character !== now[at]);
    return differs < 0 ? this.#has.length : differs;
  }
}
