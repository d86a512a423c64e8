import { expect, test } from "vitest";
import { translate } from "./told.ts";

const sentences = {
  "the card is full": "die Karte ist voll",
  "no picture: {0}": "kein Bild: {0}",
  "{key} = {given} is not allowed: {allowed}": "{allowed} muss {key} sein, nicht {given}",
  "it ends in {} days": "es endet in {} Tagen",
};

test.each([
  ["the card is full", "die Karte ist voll"],
  ["it ends in 12 days", "es endet in 12 Tagen"],
  ["no picture: the card is full", "kein Bild: die Karte ist voll"],
  ["no picture: rain", "kein Bild: rain"],
  ["video.quality = 0 is not allowed: 1 to 100", "1 to 100 muss video.quality sein, nicht 0"],
  ["it ends in days", "it ends in days"],
  ["something new", "something new"],
  ["constructor", "constructor"],
  ["", ""],
])("“%s” is “%s”", (said, text) => {
  expect(translate(said, sentences)).toBe(text);
});

test("what was put in is not searched for holes", () => {
  expect(translate("no picture: {0}", sentences)).toBe("kein Bild: {0}");
  expect(translate("no picture: {key}", { "no picture: {0}": "kein Bild: {0}" })).toBe("kein Bild: {key}");
});
