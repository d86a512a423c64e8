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
  /** Characters that can; an end of a line counts as one, however it is written. */
  readonly known: number;
}

/** Enter and Tab are on every keyboard. */
const EVERYWHERE = new Set(["\n", "\t"]);

export function mark(text: string, characters: ReadonlySet<string>): Marked {
  const runs: { text: string; known: boolean }[] = [];
  let unknown = 0;
  let count = 0;
  for (const character of text.replace(/\r\n?/g, "\n")) {
    const known = characters.has(character) || EVERYWHERE.has(character);
    count += 1;
    if (!known) unknown += 1;
    const last = runs.at(-1);
    if (last?.known === known) last.text += character;
    else runs.push({ text: character, known });
  }
  return { runs, unknown, known: count - unknown };
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
