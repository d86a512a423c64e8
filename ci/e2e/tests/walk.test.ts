// The keyboard alone: by Tab one comes to everything, sees where one is, and gets away again.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { closePage, openPage } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { openSection, part, SECTIONS, settings } from "../src/operator.js";

/** More stops than any screen has. */
const MOST = 150;

/** Where the focus is: a number of its own for each element, null outside of the page; and whether it is seen. */
function stop(): { id: number; name: string; seen: boolean } | null {
  const known = ((window as { stops?: Map<Element, number> }).stops ??= new Map());
  const element = document.activeElement as HTMLElement | null;
  if (!element || element === document.body || element === document.documentElement) return null;
  if (!known.has(element)) known.set(element, known.size);
  const around = [element, element.nextElementSibling, element.parentElement].filter((each) => each !== null);
  const looks = () => around.map((each) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(each);
    return [outlineStyle === "none" ? "" : `${outlineWidth} ${outlineColor}`, boxShadow, borderColor].join("|");
  }).join(" / ");
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const inside = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
  const focused = looks();
  element.blur();
  const blurred = looks();
  element.focus({ preventScroll: true });
  const name = element.dataset["testid"] ?? `${element.tagName} ${element.textContent?.slice(0, 40)}`;
  // A list that shows which of its choices is meant.
  const meant = document.getElementById(element.getAttribute("aria-activedescendant") ?? "");
  const shows = meant?.checkVisibility() === true || focused !== blurred;
  return { id: known.get(element)!, name, seen: inside && shows };
}

/** Presses Tab until it is where it was; the stops by name. */
async function walk(page: Page, until = ""): Promise<string[]> {
  const ids = new Set<number>();
  const names: string[] = [];
  const unseen: string[] = [];
  for (let step = 0; step < MOST; step += 1) {
    // A page may begin with the focus somewhere.
    if (step > 0) await page.keyboard.press("Tab");
    const now = await page.evaluate(stop);
    // Between its last stop and its first the browser's own controls have the focus.
    if (now === null) continue;
    // The first one was not come to by Tab; it shows itself when it comes again.
    if (!now.seen && step > 0) unseen.push(now.name);
    if (ids.has(now.id)) {
      assert.deepEqual(unseen, [], "have the focus, and it is not seen");
      return names;
    }
    ids.add(now.id);
    names.push(now.name);
    if (now.name === until) return names;
  }
  return assert.fail(`no way out of ${names.join(", ")}`);
}

function assertAmong(stops: readonly string[], ...wanted: readonly string[]): void {
  for (const each of wanted) assert.ok(stops.includes(each), `${each} of ${stops}`);
}

claimedForEachTest(async (first) => {
  await part(first, "claim-username").focus();
  assertAmong(await walk(first), "claim-username", "claim-password", "claim-submit");
});

describe("by Tab alone", () => {
  test("the login", async () => {
    const stranger = await openPage(browser, simulator.url);
    await part(stranger, "login-username").focus();
    assertAmong(await walk(stranger), "login-username", "login-password", "login-submit", "login-trust");
    await closePage(stranger);
  });

  test("the console: from the bar to the picture, which has every key but the one that leads out", async () => {
    await part(page, "bar-keys").focus();
    assertAmong(await walk(page, "stage"), "bar-paste", "bar-view", "bar-settings", "bar-user", "stage");
    await page.keyboard.press("ControlRight");
    await part(page, "palette-list").waitFor();
    await walk(page);
  });

  test("the menus of the bar, which begin with their first choice", async () => {
    for (const [menu, ...choices] of [
      ["keys", "key-macros", "key-meta-l", "keys-consoles", "key-release-all", "key-wake", "key-usb-reset"],
      ["view", "view-full-screen", "view-palette", "view-stats", "view-history"],
      ["user", "user-settings", "user-help", "user-trust", "user-log-out"],
    ] as const) {
      await part(page, `bar-${menu}`).press("Enter");
      await part(page, `menu-${menu}`).waitFor();
      assertAmong(await walk(page, "stage"), ...choices);
    }
    await part(page, "bar-view").press("Enter");
    await part(page, "view-history").press("Enter");
    await part(page, "history").waitFor();
    await part(page, "bar-view").press("Enter");
    await part(page, "view-history").press("Enter");
    await part(page, "history").waitFor({ state: "detached" });
  });

  test("the questions before USB is reset and before the appliance is restarted or shut down", async () => {
    await part(page, "bar-keys").press("Enter");
    await part(page, "key-usb-reset").press("Enter");
    await part(page, "usb-reset").waitFor();
    assertAmong(await walk(page), "usb-reset-yes", "usb-reset-no");
    await page.keyboard.press("Escape");
    await settings(page, "power");
    for (const to of ["restart", "off"]) {
      await part(page, `power-${to}`).press("Enter");
      await part(page, "power-ask").waitFor();
      assertAmong(await walk(page), "power-yes", "power-no");
      await page.keyboard.press("Escape");
    }
  });

  test("the sliders that align the pointer, and their ways back", async () => {
    await settings(page, "input");
    await part(page, "input-align").press("Enter");
    await part(page, "align-scale_x").press("ArrowLeft");
    await part(page, "align-scale_x-reset").and(page.locator(":enabled")).waitFor();
    await part(page, "align-offset_x").focus();
    const sliders = ["align-offset_x", "align-offset_y", "align-scale_x", "align-scale_y"];
    assertAmong(await walk(page, "stage"), ...sliders, "align-scale_x-reset", "align-undo", "align-fit", "align-done");
    await part(page, "align-undo").press("Enter");
    await part(page, "align-undo").and(page.locator(":disabled")).waitFor();
  });

  test("the paste dialog, the macros and the help", async () => {
    await part(page, "bar-paste").click();
    await part(page, "paste-text").fill("ä");
    await part(page, "paste-each").click();
    assertAmong(await walk(page), "paste-layout", "paste-unknown", "paste-way-U+00E4", "paste-begin");
    await page.keyboard.press("Escape");
    await part(page, "bar-keys").press("Enter");
    await part(page, "key-macros").press("Enter");
    await part(page, "macros").waitFor();
    assertAmong(await walk(page), "macros-record", "macros-new", "macros-import", "macros-close");
    await part(page, "macros-new").press("Enter");
    await part(page, "macro-add").press("Enter");
    await part(page, "macro-do").waitFor();
    assertAmong(await walk(page), "macro-name", "macro-digit", "macro-step", "macro-do", "macro-key", "macro-remove", "macro-cancel");
    await page.keyboard.press("Escape");
    await part(page, "bar-user").click();
    await part(page, "user-help").click();
    await part(page, "help").waitFor();
    assertAmong(await walk(page), "help-lost");
  });

  test("every section of Settings", async () => {
    await settings(page, "network");
    for (const section of SECTIONS) {
      await openSection(page, section);
      assertAmong(await walk(page), "settings-close", "settings-find", `settings-to-${section}`, `settings-${section}`);
    }
  });
});
