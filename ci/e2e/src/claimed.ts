// A simulator that the operator has claimed, and for each test a page that is logged in and shows the picture.

import { after, afterEach, before, beforeEach } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "./browser.js";
import { claim, live, logIn } from "./operator.js";
import { Simulator } from "./simulator.js";

export let simulator: Simulator;
export let browser: Browser;
export let page: Page;

/** Sets `simulator` and `browser`; called once by a file of tests. `unclaimed` looks at the first page before anything is done on it. */
export function claimed(unclaimed?: (first: Page) => Promise<void>): void {
  before(async () => {
    simulator = await Simulator.start();
    browser = await openBrowser();
    const owner = await openPage(browser, simulator.url);
    await unclaimed?.(owner);
    await claim(owner);
    await closePage(owner);
  });
  after(async () => {
    await browser.close();
    await simulator.stop();
  });
}

/** Sets all three. */
export function claimedForEachTest(unclaimed?: (first: Page) => Promise<void>): void {
  claimed(unclaimed);
  beforeEach(async () => {
    page = await openPage(browser, simulator.url);
    await logIn(page);
    await live(page);
  });
  // A test that failed half way leaves pages, one of them in control, and a target as it was then: the next test
  // shall not fail for it.
  afterEach(async () => {
    try {
      await closePage(page);
    } finally {
      await Promise.all(browser.contexts().map((left) => left.close()));
      await simulator.ask("usb configured");
      await simulator.ask("signal live");
    }
  });
}
