import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { format, isName, pseudo, said } from "./format.ts";
import { type Language, LANGUAGES } from "./languages.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** `en.paste.json` → language `en`, part `paste`; what the console shows has no part's name. */
const catalogues = readdirSync(HERE).flatMap((file) => {
  const [, language, part] = /^([a-z]{2})(?:\.([a-z]+))?\.json$/.exec(file) ?? [];
  if (language === undefined || part === "device") return [];
  return [{ file, language, part: part ?? "", texts: JSON.parse(readFileSync(join(HERE, file), "utf8")) as Record<string, string> }];
});
const of = (language: Language) => catalogues.filter((each) => each.language === language);
const textsOf = (language: Language): Record<string, string> => Object.assign({}, ...of(language).map(({ texts }) => texts));
const en = textsOf("en");
const SOURCE = fileURLToPath(new URL("..", import.meta.url));
const files = (readdirSync(SOURCE, { recursive: true }) as string[]).filter(
  (path) => /\.tsx?$/.test(path) && !/\.test\.ts$|^api\/schema\.ts$/.test(path),
);
const parsed = files.map((path) => {
  const text = readFileSync(join(SOURCE, path), "utf8");
  const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, kind) };
});
const keys = Object.keys(en);

/** Attributes that people see or hear. */
const SPOKEN = new Set(["title", "alt", "placeholder", "label", "aria-label", "aria-description", "aria-roledescription", "hint"]);
const hasWords = (text: string) => /\p{L}{2,}/u.test(text);

function literalsIn(node: ts.Node, found: string[] = []): string[] {
  if (ts.isJsxText(node) && hasWords(node.text)) found.push(node.text.trim());
  if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText())) {
    const value = node.initializer;
    if (value && ts.isStringLiteral(value) && hasWords(value.text)) found.push(`${node.name.getText()}="${value.text}"`);
  }
  // A text given as an expression: {"Hello"}, {busy ? "Wait" : "Go"}
  if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) found.push(...branches(node.expression));
  ts.forEachChild(node, (child) => void literalsIn(child, found));
  return found;
}

function branches(expression: ts.Expression): string[] {
  if (ts.isConditionalExpression(expression)) return [...branches(expression.whenTrue), ...branches(expression.whenFalse)];
  if (ts.isStringLiteralLike(expression) && hasWords(expression.text)) return [expression.text];
  return [];
}

describe("the page's text", () => {
  test.each(parsed.filter(({ path }) => path.endsWith(".tsx")).map(({ path, tree }) => [path, tree] as const))(
    "%s has none of its own",
    (_path, tree) => {
      expect(literalsIn(tree)).toEqual([]);
    },
  );

  test("this test finds text where there is some", () => {
    const source = '<p title="Some title">Some text {busy ? "Wait" : t("a.b")}</p>';
    const tree = ts.createSourceFile("x.tsx", source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TSX);
    expect(literalsIn(tree)).toEqual(['title="Some title"', "Some text", "Wait"]);
  });
});

describe("the catalogue", () => {
  const everything = parsed.map(({ text }) => text).join("\n");
  /** The fixed beginnings of keys that are put together: `view.scaling.${value}`. */
  const beginnings = [...everything.matchAll(/`([a-zA-Z.]+\.)\$\{/g)].map((match) => match[1]!);

  test("every key that the code names exists", () => {
    const named = [...everything.matchAll(/\bt\("([^"]+)"/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((key) => !keys.includes(key))).toEqual([]);
  });

  test("every key is used", () => {
    const used = (key: string) =>
      everything.includes(`"${key}"`) ||
      everything.includes(`"${key.replace(/\.(one|other)$/, "")}"`) ||
      beginnings.some((beginning) => key.startsWith(beginning)) ||
      /^help\..+\.text$/.test(key);
    expect(keys.filter((key) => !used(key))).toEqual([]);
  });

  test("no key is in two files", () => {
    const all = of("en").flatMap(({ texts }) => Object.keys(texts));
    expect(all).toHaveLength(new Set(all).size);
  });

  test("no file belongs to a language that the page does not offer", () => {
    expect(catalogues.filter(({ language }) => !LANGUAGES.some(({ id }) => id === language)).map(({ file }) => file)).toEqual([]);
  });
});

/** What is the same in German: names, units, signs, and words that German has taken over. */
const SAME_IN_GERMAN = new Set(
  (
    "1:1|ABC|Administrator|Alt|Alt + F4|Alt + Tab|AltGr|Android|Auto|Build|Caps|Code|DHCP|Enter|Esc|F11|Fn|IPv6|JPEG|Jiggler|Link|Linux (Chrome, Chromium)|" +
    "Magic SysRq (Linux)|Meta|Meta (Windows, Command)|Name|Num|Pause|Router|SHA‑256|Screenshot|Scroll|Slot|Slot {slot}|Status|System|Tab|Token|" +
    "USB|Update|Version|Video|WPA2|WPA3|Wake-on-LAN|Web|Windows (Chrome, Edge)|macOS (Safari, Chrome)|{fps} fps|{ms} ms|{rate} kbit/s|{seconds} s|かな|変換|無変換"
  ).split("|"),
);

const PLURAL = /\.(zero|one|two|few|many|other)$/;
const namesIn = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
/** Bases of the keys that are counted: `x` of `x.one` and `x.other`. */
const counted = new Set(Object.keys(en).filter((key) => key.endsWith(".other")).map((key) => key.replace(PLURAL, "")));
const isForm = (key: string) => PLURAL.test(key) && counted.has(key.replace(PLURAL, ""));
/** The keys that a language needs where English has `keys`. */
function needed(keys: readonly string[], language: string): string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const bases = new Set(keys.filter(isForm).map((key) => key.replace(PLURAL, "")));
  return [...keys.filter((key) => !isForm(key)), ...[...bases].flatMap((base) => forms.map((form) => `${base}.${form}`))];
}

describe.each(LANGUAGES)("in $name", ({ id }) => {
  test.each(of("en").map(({ part }) => part))("the part “%s” has every text, and nothing else", (part) => {
    const english = of("en").find((each) => each.part === part)!;
    const own = of(id).find((each) => each.part === part);
    expect(Object.keys(own?.texts ?? {}).sort()).toEqual(needed(Object.keys(english.texts), id).sort());
  });

  test("no text is empty, or has space at its ends that English has not", () => {
    const odd = Object.entries(textsOf(id)).filter(([key, text]) => text.trim() === "" || (text !== text.trim() && en[key] === en[key]?.trim()));
    expect(odd).toEqual([]);
  });

  test("every text has the placeholders of the English one", () => {
    const source = (key: string) => en[key] ?? en[key.replace(PLURAL, ".other")]!;
    const odd = Object.entries(textsOf(id)).filter(([key, text]) => namesIn(text).join() !== namesIn(source(key)).join());
    expect(odd).toEqual([]);
  });

  test("an ellipsis is one sign", () => {
    expect(Object.entries(textsOf(id)).filter(([, text]) => text.includes("..."))).toEqual([]);
  });
});

describe("German", () => {
  const de = textsOf("de");

  test("is not English, but for what is the same in both", () => {
    const same = Object.entries(de).filter(([key, text]) => text === en[key] && hasWords(text.replace(/\{\w+\}/g, "")) && !SAME_IN_GERMAN.has(text));
    expect(same).toEqual([]);
  });

  test("what may be the same still is somewhere", () => {
    const texts = new Set(Object.entries(de).filter(([key, text]) => text === en[key]).map(([, text]) => text));
    expect([...SAME_IN_GERMAN].filter((text) => !texts.has(text))).toEqual([]);
  });

  test("quotes as German does", () => {
    // ” is English; “ closes what „ opens. Signs that are talked about stand alone.
    const odd = Object.entries(de).filter(([key, text]) => !key.endsWith(".note") && (text.includes("”") || (text.match(/„/g) ?? []).length !== (text.match(/“/g) ?? []).length));
    expect(odd).toEqual([]);
  });

  test("says Sie", () => {
    expect(Object.entries(de).filter(([, text]) => /\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir)\b/.test(text))).toEqual([]);
  });
});

describe("what the appliance says", () => {
  const APPLIANCE = fileURLToPath(new URL("../../..", import.meta.url));
  const flat = (text: string) => text.replace(/\\\n\s*/g, "").replace(/\s+/g, " ");
  const sources = (readdirSync(APPLIANCE, { recursive: true }) as string[])
    .filter((path) => path.endsWith(".rs"))
    .map((path) => flat(readFileSync(join(APPLIANCE, path), "utf8")))
    .join("\n");
  const sentencesOf = (language: string) => JSON.parse(readFileSync(join(HERE, `${language}.device.json`), "utf8")) as Record<string, string>;
  const others = LANGUAGES.filter(({ id }) => id !== "en");

  test.each(others)("is still said so, where $name has it", ({ id }) => {
    const gone = Object.keys(sentencesOf(id)).filter((sentence) => !sources.includes(flat(sentence).replaceAll('"', '\\"')));
    expect(gone).toEqual([]);
  });

  test.each(others)("has in $name what is put into it", ({ id }) => {
    const holes = (text: string) => [...text.matchAll(/\{[^{}]*\}/g)].map(([hole]) => hole).sort();
    const odd = Object.entries(sentencesOf(id)).filter(([sentence, text]) => holes(sentence).join() !== holes(text).join() || text.trim() === "" || text === sentence);
    expect(odd).toEqual([]);
  });
});

describe("placeholders and the pseudo-locale", () => {
  test("values go where they are named, more than once", () => {
    expect(format("{a} and {b} and {a}", { a: 1, b: "x" })).toBe("1 and x and 1");
  });

  test("a sentence is no name of a thing", () => {
    expect(["H.264", "Restart …", " WPA2 "].map(isName)).toEqual([true, true, true]);
    expect(["It is on.", "Forget it?", "It works! "].map(isName)).toEqual([false, false, false]);
  });

  test("a name without a value stays visible", () => {
    expect(format("{gone}", {})).toBe("{gone}");
  });

  test("a value is not searched for further names", () => {
    expect(format("{a}", { a: "{b}", b: "no" })).toBe("{b}");
  });

  test("what the appliance says is told as sentences, one after the other", () => {
    const values = { reason: said("it is full", null, "try again.") };
    expect(format("No: {reason}", values)).toBe("No: It is full. Try again.");
    expect(format("No: {reason}", values, { tell: (sentence) => `<${sentence}>`, number: String })).toBe("No: <it is full> <try again.>");
  });

  test("a number is written as the language writes it, a text as it is", () => {
    const pens = { tell: String, number: (value: number) => new Intl.NumberFormat("de").format(value) };
    expect(format("{amount} in {name}", { amount: 1234.5, name: "1234.5" }, pens)).toBe("1.234,5 in 1234.5");
  });

  test("the pseudo-locale lengthens every text and leaves its names alone", () => {
    for (const text of Object.values(en)) {
      if (!/\p{L}/u.test(text.replace(/\{\w+\}/g, ""))) continue;
      const changed = pseudo(text);
      expect(changed.length).toBeGreaterThan(text.length * 1.3);
      expect(changed.match(/\{\w+\}/g)).toEqual(text.match(/\{\w+\}/g));
    }
  });
});
