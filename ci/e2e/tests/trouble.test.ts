// What must never happen: stuck keys, two hands on one keyboard, a picture that is gone when the session ends.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { claim, lease, live, logIn, part, PASSWORD, pixels, place, situation, type } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

const KEY_A = "keys 4";

let simulator: Simulator;
let browser: Browser;

before(async () => {
  simulator = await Simulator.start();
  browser = await openBrowser();
  const page = await openPage(browser, simulator.url);
  await claim(page);
  await closePage(page);
});
after(async () => {
  await browser.close();
  await simulator.stop();
});

// A test that failed leaves its pages open, and they would hold the keyboard.
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

async function operator(): Promise<Page> {
  const page = await openPage(browser, simulator.url);
  await logIn(page);
  await live(page);
  return page;
}

describe("no key stays stuck", () => {
  let page: Page;

  beforeEach(async () => {
    page = await operator();
    await lease(page, "you");
    await part(page, "stage").focus();
    await page.keyboard.down("KeyA");
    await simulator.until(KEY_A);
  });
  afterEach(async () => closePage(page));

  test("when the focus leaves the picture", async () => {
    await part(page, "bar-hide").focus();
    await simulator.until("keys none");
  });

  test("when the window loses the focus", async () => {
    await page.evaluate(() => window.dispatchEvent(new Event("blur")));
    await simulator.until("keys none");
  });

  test("when another tab is in front", async () => {
    // Playwright has every page believe that it has the focus.
    const browsing = await page.context().newCDPSession(page);
    await browsing.send("Emulation.setFocusEmulationEnabled", { enabled: false });
    assert.ok(await page.evaluate(() => document.hasFocus()));
    await simulator.until(KEY_A);
    const other = await page.context().newPage();
    await other.bringToFront();
    await simulator.until("keys none");
  });

  test("when the page goes away", async () => {
    await page.goto("about:blank");
    await simulator.until("keys none");
  });

  test("when the tab is closed", async () => {
    await page.close();
    await simulator.until("keys none");
  });

  test("when the page hangs and its heartbeats stop", async () => {
    const hang = page.evaluate(() => {
      const end = performance.now() + 4000;
      while (performance.now() < end);
    });
    const asked = Date.now();
    await simulator.until("keys none");
    assert.ok(Date.now() - asked < 3000, "released by the appliance, while the page still hangs");
    await hang;
  });

  test("when somebody else takes over", async () => {
    const other = await operator();
    await part(other, "strip-take-control").click();
    await simulator.until("keys none");
    await closePage(other);
  });

  test("while it is held for long, it stays held", async () => {
    // Longer than the appliance's patience with a silent operator: the page must send heartbeats.
    const held = await simulator.ask("wait 2.5 keys none").then(() => "released", () => "held");
    assert.equal(held, "held");
  });

  test("a mouse button is released with the keys", async () => {
    const at = await place(page, 0.5, 0.5);
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await simulator.until("buttons left");
    await page.goto("about:blank");
    await simulator.until("buttons none");
  });
});

describe("one keyboard, two operators", () => {
  test("the second one watches, takes over, and the first one watches then", async () => {
    const first = await operator();
    await lease(first, "you");
    const second = await operator();
    await lease(second, "watching");
    await situation(second, "taken");
    await simulator.ask("clear");

    await part(second, "stage").focus();
    await second.keyboard.type("intruder");
    await type(first, "owner");
    assert.equal((await simulator.until("typed owner"))["typed"], "owner");

    await part(second, "strip-take-control").click();
    await lease(second, "you");
    await lease(first, "watching");
    await simulator.ask("clear");
    await type(second, "second");
    assert.equal((await simulator.until("typed second"))["typed"], "second");
    await closePage(second);
    await closePage(first);
  });

  test("the strip counts who is there", async () => {
    const first = await operator();
    const second = await operator();
    await first.locator('[data-testid="strip-viewers"][data-count="2"]').waitFor();
    await closePage(second);
    await first.locator('[data-testid="strip-viewers"][data-count="1"]').waitFor();
    await closePage(first);
  });
});

describe("sessions and restarts", () => {
  test("when the session ends the last picture stays, and logging in goes on in place", async () => {
    const page = await operator();
    await simulator.ask("clear");
    await type(page, "before");
    await simulator.until("typed before");
    const ended = await page.request.delete("/api/v1/session", { headers: simulator.headers });
    assert.equal(ended.status(), 204);
    await part(page, "expired").waitFor();
    const { rgba } = await pixels(page);
    assert.ok(rgba.some((value, at) => at % 4 !== 3 && value > 0), "the last picture is still there");
    await part(page, "login-password").fill(PASSWORD);
    await part(page, "login-submit").click();
    await part(page, "expired").waitFor({ state: "detached" });
    await live(page);
    await lease(page, "you");
    await type(page, "after");
    await simulator.until("typed beforeafter");
    await closePage(page);
  });

  test("when the appliance restarts the page says so, comes back and types again", async () => {
    const page = await operator();
    await simulator.stop();
    await page.locator('[data-testid="situation"][data-state="restarting"], [data-testid="situation"][data-state="lost"]').waitFor();
    await simulator.startAgain();
    await part(page, "expired").waitFor({ timeout: 30_000 });
    await part(page, "login-password").fill(PASSWORD);
    await part(page, "login-submit").click();
    await part(page, "expired").waitFor({ state: "detached" });
    await live(page);
    await type(page, "back");
    await simulator.until("typed back");
    await closePage(page);
  });
});
