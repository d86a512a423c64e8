// The certificate that the appliance makes for itself: a browser that trusts the device's own authority opens the
// page without a warning, so the authority's name constraints and the certificate's names are right.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium, type Page } from "playwright-core";
import { openBrowser, openPage } from "../src/browser.js";
import { claim } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

let simulator: Simulator;
const home = mkdtempSync(join(tmpdir(), "farseat-trust-"));
const store = join(home, ".pki", "nssdb");

before(async () => {
  simulator = await Simulator.start();
  mkdirSync(store, { recursive: true });
  certutil("-N", "--empty-password");
  const browser = await openBrowser();
  await claim(await openPage(browser, simulator.url));
  await browser.close();
});
after(async () => {
  await simulator.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Changes the certificates that a browser with this home folder trusts. */
function certutil(...args: string[]): void {
  execFileSync("certutil", ["-d", `sql:${store}`, ...args]);
}

/** What a browser that is told to overlook nothing makes of the page. */
async function strictly<T>(look: (page: Page) => Promise<T>): Promise<T> {
  const context = await chromium.launchPersistentContext(mkdtempSync(join(home, "profile-")), {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    env: { ...process.env, HOME: home },
  });
  try {
    return await look(await context.newPage());
  } finally {
    await context.close();
  }
}

function openStrictly(url: string): Promise<string> {
  return strictly(async (page) => {
    await page.goto(url);
    return page.title();
  });
}

/** What the live check of the trust page comes to. */
async function verdict(page: Page): Promise<string | null> {
  await page.evaluate(() => (location.hash = "#trust"));
  await page.locator('[data-testid="trust-check"]:not([data-verdict="checking"])').waitFor();
  return page.getByTestId("trust-check").getAttribute("data-verdict");
}

// Before the authority is installed: the tests of this file take turns with one browser's store.
test("a browser whose warning was clicked away does not trust the device, and its page says so", async () => {
  const refused = await strictly(async (page) => {
    await assert.rejects(page.goto(simulator.url), /ERR_CERT_AUTHORITY_INVALID/);
    // The warning comes after the refusal, and hears keys once it is all there.
    await page.waitForURL("chrome-error://**");
    const opened = page.waitForURL(simulator.url);
    // What Chromium takes for "I know what I am doing" on its warning.
    await page.keyboard.type("thisisunsafe");
    await opened;
    await page.waitForLoadState();
    assert.match(await page.title(), /farseat/i);
    return verdict(page);
  });
  assert.equal(refused, "untrusted");
});

test("a browser that has the device's authority installed opens the page without a warning, and its live check turns green", async () => {
  const addresses = [simulator.url, simulator.url.replace("localhost", "127.0.0.1")];
  for (const address of addresses) await assert.rejects(openStrictly(address), /ERR_CERT_AUTHORITY_INVALID/);
  const browser = await openBrowser();
  const page = await openPage(browser, simulator.url);
  const answer = await page.request.get("/ca.crt");
  const file = join(home, "ca.crt");
  writeFileSync(file, await answer.body());
  await browser.close();
  certutil("-A", "-t", "C,,", "-n", "farseat", "-i", file);
  for (const address of addresses) assert.match(await openStrictly(address), /farseat/i);
  const trusted = await strictly(async (page) => {
    await page.goto(simulator.url);
    return verdict(page);
  });
  assert.equal(trusted, "trusted");
});
