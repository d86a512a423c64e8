// What the operator is told about how the appliance came up. A simulator has no card, so its status is made up.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { claim, live, logIn, part } from "../src/operator.js";
import { came, FINE } from "../src/status.js";
import { Simulator } from "../src/simulator.js";

describe("notices", () => {
  let simulator: Simulator;
  let browser: Browser;
  let page: Page;

  before(async () => {
    simulator = await Simulator.start();
    browser = await openBrowser();
    page = await openPage(browser, simulator.url);
    await claim(page);
    await closePage(page);
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

  async function notice(id: string): Promise<void> {
    await page.locator(`[data-testid="notices"][data-id="${id}"]`).waitFor({ state: "attached" });
  }

  test("an appliance that came up as always says nothing", async () => {
    await came(page, FINE);
    await page.reload();
    await live(page);
    await notice("none");
    await closePage(page);
  });

  test("without a place for its data it says so and why; put away, it is quiet until the next start", async () => {
    const data = { state: "memory", reason: "the card has no data partition", size: null, free: null };
    await came(page, { ...FINE, data }, null, 100);
    await page.reload();
    await notice("memory");
    assert.match(await part(page, "notices-text").innerText(), /nothing that you change survives.*The card has no data partition\./);
    await part(page, "notices-dismiss").click();
    await notice("none");
    await page.reload();
    await live(page);
    await notice("none");
    await page.unrouteAll();
    await came(page, { ...FINE, data }, null, 5);
    await page.reload();
    await notice("memory");
    await closePage(page);
  });

  test("several are told one after the other, the gravest first", async () => {
    await came(page, { ...FINE, rescue: true, trial: true, slot: "b" }, { applied: true, unknown: ["wifi.ssid"], problems: [] });
    await page.reload();
    for (const id of ["rescue", "trial", "preseedUnknown"]) {
      await notice(id);
      await part(page, "notices-dismiss").click();
    }
    await notice("none");
    await closePage(page);
  });
});
