import { expect, test } from "vitest";
import { languageOf, localeOf } from "./languages.ts";

test.each([
  [["de-AT", "en"], "de"],
  [["fr-FR", "de", "en-US"], "de"],
  [["en-GB", "de"], "en"],
  [["DE"], "de"],
  [["fr", "ja"], "en"],
  [["den"], "en"],
  [[], "en"],
])("a browser that is set to %j gets %s", (browser, language) => {
  expect(languageOf("auto", browser)).toBe(language);
});

test("a choice counts more than the browser", () => {
  expect([languageOf("en", ["de"]), languageOf("de", ["en"])]).toEqual(["en", "de"]);
  expect(languageOf("pseudo", ["de"])).toBe("en");
});

test("numbers are written as where the browser is, if it speaks the page's language", () => {
  expect(localeOf("de", ["en-US", "de-CH"])).toBe("de-CH");
  expect(localeOf("de", ["en-US"])).toBe("de");
});
