import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import access from "./en.access.json";
import first from "./en.json";
import keyTexts from "./en.keys.json";
import macroTexts from "./en.macros.json";
import input from "./en.input.json";
import paste from "./en.paste.json";
import settings from "./en.settings.json";
import trust from "./en.trust.json";
import update from "./en.update.json";
import { format, pseudo } from "./format.ts";

const en = { ...first, ...access, ...input, ...keyTexts, ...macroTexts, ...paste, ...settings, ...trust, ...update };
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

  test("every plural has both forms", () => {
    const bases = new Set(keys.filter((key) => /\.(one|other)$/.test(key)).map((key) => key.replace(/\.(one|other)$/, "")));
    for (const base of bases) expect(keys).toEqual(expect.arrayContaining([`${base}.one`, `${base}.other`]));
  });

  test("no key is in two files", () => {
    const all = [first, access, input, keyTexts, macroTexts, paste, settings, trust, update].flatMap((file) => Object.keys(file));
    expect(all).toHaveLength(new Set(all).size);
  });

  test("no text is empty", () => {
    expect(Object.entries(en).filter(([, text]) => text.trim() === "")).toEqual([]);
  });
});

describe("placeholders and the pseudo-locale", () => {
  test("values go where they are named, more than once", () => {
    expect(format("{a} and {b} and {a}", { a: 1, b: "x" })).toBe("1 and x and 1");
  });

  test("a name without a value stays visible", () => {
    expect(format("{gone}", {})).toBe("{gone}");
  });

  test("a value is not searched for further names", () => {
    expect(format("{a}", { a: "{b}", b: "no" })).toBe("{b}");
  });

  test("the pseudo-locale lengthens every text and leaves its names alone", () => {
    for (const text of Object.values(en)) {
      const changed = pseudo(text);
      expect(changed.length).toBeGreaterThan(text.length * 1.3);
      expect(changed.match(/\{\w+\}/g)).toEqual(text.match(/\{\w+\}/g));
    }
  });
});
