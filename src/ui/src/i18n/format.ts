// Placeholders and the pseudo-locale. Pure.

/** Sentences of the appliance, which are put into the page's language when they are shown. */
export interface Said {
  readonly said: readonly string[];
}

/** Numbers are amounts, and are written as the page's language writes them; one that is none, such as a mode's width, is given as text. */
export type Values = Readonly<Record<string, string | number | Said>>;

/** How what is no text yet is written. */
export interface Pens {
  readonly tell: (sentence: string) => string;
  readonly number: (value: number) => string;
}

const PLAIN: Pens = { tell: sentence, number: String };

export function said(...sentences: readonly (string | null | undefined)[]): Said {
  return { said: sentences.filter((each) => each !== null && each !== undefined && each !== "") as string[] };
}

/** Puts `values` where the text has `{name}`; a name without a value stays visible, so that it is noticed. */
export function format(text: string, values: Values, { tell, number }: Pens = PLAIN): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name] ?? whole;
    if (typeof value === "number") return number(value);
    return typeof value === "object" ? value.said.map((each) => tell(each)).join(" ") : value;
  });
}

/** With a capital and a full stop: the appliance gives reasons, other sentences stand around them. */
export function sentence(text: string): string {
  return closed(text.charAt(0).toUpperCase() + text.slice(1));
}

export function closed(text: string): string {
  const words = text.trim();
  return words === "" || /[.!?…]$/.test(words) ? words : `${words}.`;
}

/** Whether it stands on a heading, a label or a button, and is no sentence. */
export function isName(text: string): boolean {
  return !/[.!?]$/.test(text.trim());
}

const ACCENTS: Readonly<Record<string, string>> = {
  a: "á", c: "ç", e: "é", i: "í", n: "ñ", o: "ö", s: "š", u: "ü", y: "ý", z: "ž",
  A: "Å", C: "Ç", E: "É", I: "Î", N: "Ñ", O: "Ø", S: "Š", U: "Û", Y: "Ý", Z: "Ž",
};

/** Accented, a third longer and in brackets; placeholders stay as they are, and figures and signs alone do too. */
export function pseudo(text: string): string {
  if (!/\p{L}/u.test(text.replace(/\{\w+\}/g, ""))) return text;
  const accented = text.replace(/\{\w+\}|[a-z]/gi, (part) => ACCENTS[part] ?? part);
  // In words that can be broken, as those of a language are.
  const more = "·".repeat(Math.ceil(text.length / 3)).replace(/·{6}(?=·)/g, "$& ");
  return `[${accented}${more}]`;
}
