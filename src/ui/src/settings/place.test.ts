import { expect, test } from "vitest";
import { addressOf, keepLink, linkTo, placeOf, SECTION_IDS } from "./place.ts";

test.each(SECTION_IDS)("the section %s has an address and is found by it", (section) => {
  expect(placeOf(addressOf(section))).toEqual({ section, keep: false });
  expect(placeOf(new URL(linkTo(section), "https://farseat.local/").hash)).toEqual({ section, keep: false });
});

test.each(["", "#", "#trust", "#settingsnetwork", "#/settings"])("%j is not in Settings", (hash) => {
  expect(placeOf(hash)).toBeNull();
});

test.each(["#settings", "#settings/", "#settings/gone"])("%j leads to the first section", (hash) => {
  expect(placeOf(hash)).toEqual({ section: "network", keep: false });
});

test("a link to the new address says that the change is to be kept", () => {
  const link = keepLink("https://192.0.2.7/");
  expect(link).toBe("https://192.0.2.7/#settings/network/keep");
  expect(placeOf(new URL(link).hash)).toEqual({ section: "network", keep: true });
});

test("only the network can be kept", () => {
  expect(placeOf("#settings/about/keep")).toEqual({ section: "about", keep: false });
});
