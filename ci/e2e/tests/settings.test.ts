// Settings: the network changes only when somebody still reaches the appliance; About tells what it is made of.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { claim, live, logIn, openSection, part, type Section, SECTIONS, settings, trial, type } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

interface NetworkSettings {
  readonly name: string;
  readonly method: string;
  readonly address: string | null;
  readonly dns: readonly string[];
}
interface Network {
  readonly settings: NetworkSettings;
  readonly status: { readonly addresses: readonly string[]; readonly source: string };
  readonly pending: object | null;
}

const STATIC = { method: "static", address: "192.0.2.99/24", router: "192.0.2.1" };
/** What is there last in each section. */
const COMPLETE: Record<Section, string> = {
  network: "network-form",
  wifi: "wifi-country",
  input: "jiggler-interval",
  usb: "usb-form",
  video: "edid-name",
  appearance: "appearance-language",
  update: "update-what",
  account: "session",
  people: "session",
  tokens: "tokens-create",
  guests: "guests-create",
  certificate: "certificate-check",
  audit: "audit-entry",
  wake: "wake-add",
  diagnostics: "log-line",
  power: "power-off",
  about: "reset-open",
};
/** The appliance undoes a change after a minute. */
const TRIAL_MS = 60_000;

let simulator: Simulator;
let browser: Browser;
let page: Page;
let first: NetworkSettings;

before(async () => {
  simulator = await Simulator.start();
  browser = await openBrowser();
  const owner = await openPage(browser, simulator.url);
  await claim(owner);
  first = (await network(owner)).settings;
  await closePage(owner);
});
after(async () => {
  await browser.close();
  await simulator.stop();
});
beforeEach(async () => {
  page = await openPage(browser, simulator.url);
  await logIn(page);
  await live(page);
});
// Whatever a test left on trial or changed, the next one starts as the first did.
afterEach(async () => {
  await tell(page, "revert");
  await put(page, first);
  await tell(page, "confirm");
  await closePage(page);
});

async function network(on: Page): Promise<Network> {
  return (await on.request.get("/api/v1/network")).json() as Promise<Network>;
}

async function put(on: Page, wanted: object): Promise<number> {
  return (await on.request.put("/api/v1/network", { data: wanted, headers: simulator.headers })).status();
}

async function tell(on: Page, word: "confirm" | "revert"): Promise<number> {
  return (await on.request.post(`/api/v1/network/${word}`, { headers: simulator.headers })).status();
}

/** Fills in a static address and applies it. */
async function applyStatic(on: Page): Promise<void> {
  await part(on, "network-method-static").check();
  await part(on, "network-address").fill(STATIC.address);
  await part(on, "network-router").fill(STATIC.router);
  await part(on, "network-apply").click();
}

describe("Settings", () => {
  test("opens by keyboard, keeps its keys, and gives them back to the target", async () => {
    await part(page, "stage").focus();
    await page.keyboard.press("ControlRight");
    await part(page, "palette-list").waitFor();
    await page.keyboard.press(",");
    await part(page, "network-name").fill("");
    await page.keyboard.type("mine");
    assert.equal((await simulator.ask("typed"))["typed"], "");
    await page.keyboard.press("Escape");
    await part(page, "settings").waitFor({ state: "detached" });
    await type(page, "yours");
    await simulator.until("typed yours");
  });

  test("is where a link to it leads, after the login that comes between", async () => {
    const visitor = await openPage(browser, new URL("/#settings/about", simulator.url).href);
    await logIn(visitor);
    await part(visitor, "settings-about").waitFor();
    await closePage(visitor);
  });

  test("is found again after a reload and left with Back", async () => {
    await settings(page, "about");
    await page.reload();
    await part(page, "settings-about").waitFor();
    await openSection(page, "network");
    await page.goBack();
    await part(page, "settings-about").waitFor();
    await part(page, "settings-close").click();
    assert.equal(new URL(page.url()).hash, "");
  });
});

describe("the search of Settings", () => {
  test("keeps a section for each of its headings, labels and buttons, and what can be chosen there", async () => {
    const allLost: string[] = [];
    await settings(page, "about");
    for (const section of SECTIONS) {
      await openSection(page, section);
      await part(page, COMPLETE[section]).first().waitFor();
      const { asked, lost } = await page.evaluate(askForEachName, section);
      assert.ok(asked > 0, section);
      allLost.push(...lost.map((name) => `${section}: ${name}`));
    }
    assert.deepEqual(allLost, []);
  });

  test("finds a codec by its name, and nothing by what is nowhere", async () => {
    await settings(page, "about");
    await part(page, "settings-find").fill("h.264 kilobits");
    await part(page, "settings-to-about").waitFor({ state: "detached" });
    assert.deepEqual(await page.locator(".section-link").allInnerTexts(), ["Video"]);
    await part(page, "settings-find").fill("zeppelin");
    await page.locator(".section-link").first().waitFor({ state: "detached" });
  });
});

/** In the page: types what names something in this section, each by itself, and tells which of them lose the section. */
async function askForEachName(section: string): Promise<{ asked: number; lost: string[] }> {
  const by = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
  const find = by("settings-find") as HTMLInputElement;
  async function keeps(text: string): Promise<boolean> {
    find.value = text;
    find.dispatchEvent(new InputEvent("input", { bubbles: true }));
    // What is drawn anew is drawn at the end of this turn.
    await new Promise((turned) => setTimeout(turned));
    return by(`settings-to-${section}`) !== null;
  }
  const named = by(`settings-${section}`)!.querySelectorAll<HTMLElement>("h3, h4, label, legend, dt, button, a, summary, option");
  // Figures and signs are in no catalogue, languages, Intl's units and displays name themselves, and what shows a password belongs to its field.
  const NOT_OURS = '[data-testid="appearance-language"], [data-testid="jiggler-interval"], [data-testid="edid-choice"], .field-eye';
  const ours = Array.from(named).filter((each) => (each.checkVisibility() || each.closest("select")) && !each.closest(NOT_OURS));
  const names = new Set(ours.map((each) => each.innerText.trim().split("\n")[0]!).filter((text) => /\p{L}{2,}/u.test(text)));
  const lost: string[] = [];
  for (const name of names) if (!(await keeps(name))) lost.push(name);
  await keeps("");
  return { asked: names.size, lost };
}

describe("the network", () => {
  test("is shown as it is", async () => {
    await settings(page, "network");
    const { status } = await network(page);
    assert.deepEqual(await part(page, "network-addresses").allInnerTexts(), status.addresses);
    assert.match(await part(page, "network-source").innerText(), /^DHCP/);
  });

  test("a new name is kept by itself, shown, and survives a restart", async () => {
    await settings(page, "network");
    await part(page, "network-name").fill("attic");
    await part(page, "network-apply").click();
    await trial(page, "kept");
    await page.locator('[data-testid="device-name"]', { hasText: "attic" }).waitFor({ state: "attached" });
    await page.locator('[data-testid="network-mdns"]', { hasText: "attic.local" }).waitFor();
    await page.waitForFunction(() => document.title === "attic · Farseat");
    await simulator.restart();
    await logInAgain();
    assert.equal((await network(page)).settings.name, "attic");
  });

  test("a static address is kept by itself when the page still reaches the appliance", async () => {
    await settings(page, "network");
    await applyStatic(page);
    await trial(page, "yet");
    assert.notEqual((await network(page)).pending, null, "not before the network has settled");
    await trial(page, "kept");
    const now = await network(page);
    assert.deepEqual([now.status.source, now.settings.address, now.pending], ["static", STATIC.address, null]);
    await page.locator('[data-testid="network-addresses"]', { hasText: STATIC.address }).waitFor();
  });

  test("a change is undone at once when the operator says so", async () => {
    await settings(page, "network");
    await applyStatic(page);
    await part(page, "trial-undo").click();
    await trial(page, "undone-you");
    assert.deepEqual((await network(page)).settings, first);
    await page.locator('[data-testid="network-source"]', { hasText: "DHCP" }).waitFor();
  });

  test("a change that loses the browser leads to the new address and is undone after a minute", async () => {
    await settings(page, "network");
    await page.route("**/api/v1/network", (route) => (route.request().method() === "GET" ? route.abort() : route.continue()));
    await applyStatic(page);
    await trial(page, "gone");
    const links = await part(page, "trial-reach").evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
    const port = new URL(simulator.url).port;
    assert.deepEqual(links, [`https://192.0.2.99:${port}/#settings/network/keep`, `https://${first.name}.local:${port}/#settings/network/keep`]);
    const left = parseInt(await part(page, "trial-left").innerText(), 10);
    assert.ok(left > 45 && left <= 60, `${left} s`);
    assert.equal(await part(page, "trial-keep").count(), 0, "what does not answer cannot be told anything");

    await trial(page, "over", TRIAL_MS + 5000);
    await page.unrouteAll();
    await trial(page, "undone-late");
    assert.deepEqual((await network(page)).settings, first);
    assert.equal(await part(page, "network-address").inputValue(), STATIC.address, "what was typed is still there");
  });

  test("the link to the new address keeps the change", async () => {
    assert.equal(await put(page, { ...first, ...STATIC }), 202);
    await page.goto(`${simulator.url}#settings/network/keep`);
    await trial(page, "kept");
    assert.equal(new URL(page.url()).hash, "#settings/network", "a later reload keeps nothing unasked");
    assert.equal((await network(page)).settings.address, STATIC.address);
  });

  test("another session's change waits for a word, and can be undone from here", async () => {
    await settings(page, "network");
    assert.equal(await put(page, { ...first, ...STATIC }), 202);
    await trial(page, "foreign");
    assert.ok(await part(page, "network-name").isDisabled(), "one change at a time");
    await part(page, "trial-undo").click();
    await trial(page, "undone-you");
    assert.deepEqual((await network(page)).settings, first);
  });

  test("another session's change can be kept from here", async () => {
    await settings(page, "network");
    assert.equal(await put(page, { ...first, ...STATIC }), 202);
    await trial(page, "foreign");
    await part(page, "trial-keep").click();
    await trial(page, "kept");
    assert.equal((await network(page)).settings.address, STATIC.address);
  });

  test("a mistake is told at its field before anything is sent", async () => {
    await settings(page, "network");
    await part(page, "network-method-static").check();
    await part(page, "network-address").fill("192.0.2.99");
    await part(page, "network-apply").click();
    const field = page.locator('[data-testid="network-address"][aria-invalid]');
    await field.waitFor();
    assert.ok(await field.evaluate((input) => input === document.activeElement), "the keys are there");
    assert.equal((await network(page)).pending, null);
  });

  test("the appliance's own refusal stands at its field", async () => {
    await settings(page, "network");
    await part(page, "network-dns").fill("255.255.255.255");
    await part(page, "network-apply").click();
    const field = page.locator('[data-testid="network-dns"][aria-invalid]');
    await field.waitFor();
    assert.match(await page.locator(`[id="${await field.getAttribute("aria-describedby")}"]`).innerText(), /refused.*not allowed/);
  });
});

describe("About", () => {
  test("knows the version, and outside an image no list", async () => {
    await settings(page, "about");
    const { version } = (await (await page.request.get("/api/v1/state")).json()) as { version: string };
    assert.equal(await part(page, "about-version").innerText(), version);
    assert.equal(await part(page, "about-component").count(), 0);
  });

  test("says what leaves the appliance and what stays, and is found by the word privacy", async () => {
    await settings(page, "network");
    await part(page, "settings-find").fill("privacy");
    await part(page, "settings-find").press("Enter");
    const said = await part(page, "about-privacy").innerText();
    for (const words of ["no telemetry", "Time servers", "neither kept nor written to a log", "audit log", "your macros"]) assert.ok(said.includes(words), said);
  });

  test("lists what the image is made of, and finds it by name or licence", async () => {
    const components = [
      { name: "ring", version: "0.17.14", licence: "Apache-2.0 AND ISC", kind: "crate" },
      { name: "linux", version: "6.12.30", licence: "GPL-2.0-only", kind: "package" },
      { name: "preact", version: "10.29.8", licence: "MIT", kind: "page" },
    ];
    await page.route("**/api/v1/about", (route) => route.fulfill({ json: { version: "1.2.3", build: null, components } }));
    await settings(page, "about");
    await part(page, "about-component").nth(2).waitFor();
    await part(page, "about-filter").fill("gpl");
    assert.match(await part(page, "about-component").innerText(), /linux 6\.12\.30/);
    await part(page, "about-filter").fill("nothing of the kind");
    assert.match(await part(page, "about-count").innerText(), /^No component/);
  });
});

/** A restarted appliance has forgotten the session. */
async function logInAgain(): Promise<void> {
  await closePage(page);
  page = await openPage(browser, simulator.url);
  await logIn(page);
  await live(page);
}
