// Factory reset: what it takes away is said before, the password is asked in any case, and afterwards nobody owns the appliance.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage, PHONE } from "../src/browser.js";
import { claim, live, part, PASSWORD, settings } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

let simulator: Simulator;
let browser: Browser;
let page: Page;

before(async () => {
  simulator = await Simulator.start();
  browser = await openBrowser();
  page = await openPage(browser, simulator.url, { viewport: PHONE, hasTouch: true });
  await claim(page);
  await live(page);
});
after(async () => {
  await closePage(page);
  await browser.close();
  await simulator.stop();
});

describe("a factory reset", () => {
  test("is not begun without the right password", async () => {
    await settings(page, "about");
    await part(page, "reset-open").click();
    assert.equal(await part(page, "reset-losses").locator("li").count(), 4);
    await part(page, "reset-password").fill("not this one");
    await part(page, "reset-submit").click();
    await part(page, "reset-error").filter({ hasText: "wrong" }).waitFor();
    await part(page, "reset-cancel").click();
    await part(page, "reset").waitFor({ state: "detached" });
  });

  test("that cannot be begun says why, and stays a question", async () => {
    const refusal = { status: 409, json: { error: { code: "not_managed", message: "another system keeps the data" } } };
    await page.route("**/api/v1/factory-reset", (route) => route.fulfill(refusal), { times: 1 });
    await part(page, "reset-open").click();
    await part(page, "reset-password").fill(PASSWORD);
    await part(page, "reset-submit").click();
    await part(page, "reset-refusal").filter({ hasText: "Another system keeps the data." }).waitFor();
    await part(page, "reset-cancel").click();
  });

  test("forgets the owner, and whoever comes next can claim", async () => {
    await part(page, "reset-open").click();
    await part(page, "reset-password").fill(PASSWORD);
    await part(page, "reset-submit").click();
    await part(page, "reset-begun").waitFor();
    await simulator.ended();
    await simulator.startAgain();
    // The page looks by itself; a browser that does not trust the new authority has to be told to.
    await part(page, "claim-username").waitFor();
    await claim(page);
  });
});
