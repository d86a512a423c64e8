// The keyboard alone: by Tab one comes to everything, sees where one is, and gets away again.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { claim, live, logIn, part, type Section, settings } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

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

describe("by Tab alone", () => {
  let simulator: Simulator;
  let browser: Browser;
  let page: Page;

  before(async () => {
    simulator = await Simulator.start();
    browser = await openBrowser();
    const first = await openPage(browser, simulator.url);
    await part(first, "claim-username").focus();
    const stops = await walk(first);
    for (const wanted of ["claim-username", "claim-password", "claim-submit"]) assert.ok(stops.includes(wanted), `${wanted} of ${stops}`);
    await claim(first);
    await closePage(first);
  });
  after(async () => {
    await browser.close();
    await simulator.stop();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  async function logged(): Promise<void> {
    page = await openPage(browser, simulator.url);
    await logIn(page);
    await live(page);
  }

  test("the login", async () => {
    page = await openPage(browser, simulator.url);
    await part(page, "login-username").focus();
    const stops = await walk(page);
    for (const wanted of ["login-username", "login-password", "login-submit", "login-trust"]) assert.ok(stops.includes(wanted), `${wanted} of ${stops}`);
  });

  test("the console: from the bar to the picture, which has every key but the one that leads out", async () => {
    await logged();
    await part(page, "bar-keys").focus();
    const stops = await walk(page, "stage");
    for (const wanted of ["bar-paste", "bar-view", "bar-settings", "bar-user", "stage"]) assert.ok(stops.includes(wanted), `${wanted} of ${stops}`);
    await page.keyboard.press("ControlRight");
    await part(page, "palette-list").waitFor();
    await walk(page);
  });

  test("the paste dialog, the macros and the help", async () => {
    await logged();
    await part(page, "bar-paste").click();
    await part(page, "paste-text").fill("ä");
    await part(page, "paste-each").click();
    const stops = await walk(page);
    for (const wanted of ["paste-layout", "paste-unknown", "paste-way-U+00E4", "paste-begin"]) assert.ok(stops.includes(wanted), `${wanted} of ${stops}`);
    await page.keyboard.press("Escape");
    await part(page, "bar-user").click();
    await part(page, "user-help").click();
    await part(page, "help").waitFor();
    assert.ok((await walk(page)).includes("help-lost"));
  });

  const SECTIONS: readonly Section[] = ["network", "wifi", "input", "usb", "video", "appearance", "update", "account", "people", "tokens", "guests", "certificate", "audit", "wake", "diagnostics", "power", "about"];
  test("every section of Settings", async () => {
    await logged();
    await settings(page, "network");
    for (const section of SECTIONS) {
      await part(page, `settings-to-${section}`).click();
      await part(page, `settings-${section}`).waitFor();
      const stops = await walk(page);
      for (const wanted of ["settings-close", "settings-find", `settings-to-${section}`, `settings-${section}`]) assert.ok(stops.includes(wanted), `${section}: ${wanted} of ${stops}`);
    }
  });
});
