// The languages that the page has a catalogue for. Another one is a line here and its texts beside `en.*.json`.

export const LANGUAGES = [{ id: "en", name: "English" }] as const;
export type Language = (typeof LANGUAGES)[number]["id"];
