// What the appliance says, in another language. It speaks English; a catalogue (`xx.device.json`) has what its sentences
// are there, by the sentence as the appliance's source has it, with `{…}` where something is put in. Pure.

export type Sentences = Readonly<Record<string, string>>;

/** `said` in the words of `sentences`; as it is where they have none. What is put in may be a sentence too. */
export function translate(said: string, sentences: Sentences): string {
  if (Object.hasOwn(sentences, said)) return sentences[said]!;
  for (const [pattern, text] of Object.entries(sentences)) {
    const values = valuesIn(said, pattern);
    if (values) return text.replace(HOLE, (_, name: string) => translate(values.get(name) ?? "", sentences));
  }
  return said;
}

const HOLE = /\{(\w*)[^{}]*\}/g;

/** What stands in the holes of `pattern`; `null` = it is another sentence. A pattern has to begin or end with words of its own. */
function valuesIn(said: string, pattern: string): Map<string, string> | null {
  const names = [...pattern.matchAll(HOLE)].map(([, name]) => name!);
  if (names.length === 0) return null;
  const words = pattern.split(/\{[^{}]*\}/);
  if (!said.startsWith(words[0]!) || !said.endsWith(words.at(-1)!)) return null;
  const values = new Map<string, string>();
  let at = words[0]!.length;
  for (const [index, name] of names.entries()) {
    const next = words[index + 1]!;
    const end = index === names.length - 1 ? said.length - next.length : said.indexOf(next, at);
    if (end < at) return null;
    values.set(name, said.slice(at, end));
    at = end + next.length;
  }
  return values;
}
