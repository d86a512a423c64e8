// Which characters of a text the target's layout does not have. Pure; the appliance decides the same way once more.

/** A run of characters that can all be typed, or cannot. */
export interface Run {
  readonly text: string;
  readonly known: boolean;
}

export interface Marked {
  readonly runs: readonly Run[];
  /** Characters that cannot be typed. */
  readonly unknown: number;
  /** Each of them once, with how often it is there; as they come. */
  readonly each: ReadonlyMap<string, number>;
  /** Characters that can; an end of a line counts as one, however it is written. */
  readonly known: number;
}

/** Enter and Tab are on every keyboard. */
const EVERYWHERE = new Set(["\n", "\t"]);

export function mark(text: string, characters: ReadonlySet<string>): Marked {
  const runs: { text: string; known: boolean }[] = [];
  const each = new Map<string, number>();
  let unknown = 0;
  let count = 0;
  for (const character of text.replace(/\r\n?/g, "\n")) {
    const known = characters.has(character) || EVERYWHERE.has(character);
    count += 1;
    if (!known) {
      unknown += 1;
      each.set(character, (each.get(character) ?? 0) + 1);
    }
    const last = runs.at(-1);
    if (last?.known === known) last.text += character;
    else runs.push({ text: character, known });
  }
  return { runs, unknown, each, known: count - unknown };
}

/** As Unicode numbers them: `U+00E4`. */
export function nameOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Something to be seen: spaces, controls and what has no width show nothing. */
export function visible(character: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) ? character : "�";
}

/** Around the characters that cannot be typed so much of the text is shown. */
const CONTEXT = 24;

/** The runs with the long stretches in between cut short, at most so many marks. */
export function excerpt(runs: readonly Run[], marks: number): readonly Run[] {
  const shown: Run[] = [];
  let left = marks;
  for (const [index, run] of runs.entries()) {
    if (!run.known && left === 0) return [...shown, { text: "…", known: true }];
    if (!run.known) left -= 1;
    shown.push(run.known ? { text: shorten(run.text, index === 0, index === runs.length - 1), known: true } : run);
  }
  return shown;
}

function shorten(text: string, first: boolean, last: boolean): string {
  const characters = [...text];
  if (characters.length <= (first || last ? CONTEXT : 2 * CONTEXT)) return text;
  const start = first ? "" : characters.slice(0, CONTEXT).join("");
  const end = last ? "" : characters.slice(-CONTEXT).join("");
  return `${start}…${end}`;
}
