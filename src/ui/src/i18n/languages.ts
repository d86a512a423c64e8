// The languages that the page speaks, and which of them a browser gets. Pure. How another one comes: CONTRIBUTING.md.

export const LANGUAGES = [
  { id: "en", name: "English" },
  { id: "de", name: "Deutsch" },
] as const;
export type Language = (typeof LANGUAGES)[number]["id"];
/** `auto`: what the browser is set to. */
export type LanguageChoice = "auto" | Language;
export const LANGUAGE_CHOICES: readonly LanguageChoice[] = ["auto", ...LANGUAGES.map(({ id }) => id)];
/** Not offered: English that shows what is in no catalogue, and what has no room for longer words. */
export const PSEUDO = "pseudo";

/** Of the browser's languages, best first, the first that the page speaks. */
export function languageOf(choice: LanguageChoice | typeof PSEUDO, browser: readonly string[]): Language {
  if (choice === PSEUDO) return "en";
  if (choice !== "auto") return choice;
  const known = browser.flatMap((tag) => LANGUAGES.find(({ id }) => id === baseOf(tag)) ?? []);
  return known[0]?.id ?? "en";
}

/** How dates and numbers are written: as where the browser is, when it says so for this language. */
export function localeOf(language: Language, browser: readonly string[]): string {
  return browser.find((tag) => baseOf(tag) === language) ?? language;
}

function baseOf(tag: string): string {
  return tag.toLowerCase().split("-")[0]!;
}
