// The certificate that the appliance makes for itself: a browser that trusts the device's own authority opens the
// page without a warning, so the authority's name constraints and the certificate's names are right.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { openBrowser, openPage } from "../src/browser.js";
import { Simulator } from "../src/simulator.js";

let simulator: Simulator;
const home = mkdtempSync(join(tmpdir(), "farseat-trust-"));
const store = join(home, ".pki", "nssdb");

before(async () => {
  simulator = await Simulator.start();
  mkdirSync(store, { recursive: true });
  certutil("-N", "--empty-password");
});
after(async () => {
  await simulator.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Changes the certificates that a browser with this home folder trusts. */
function certutil(...args: string[]): void {
  execFileSync("certutil", ["-d", `sql:${store}`, ...args]);
}

/** The page as a browser sees it that is told to overlook nothing. */
async function openStrictly(url: string): Promise<string> {
  const context = await chromium.launchPersistentContext(mkdtempSync(join(home, "profile-")), {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    env: { ...process.env, HOME: home },
  });
  try {
    const page = await context.newPage();
    await page.goto(url);
    return await page.title();
  } finally {
    await context.close();
  }
}

test("a browser that has the device's authority installed opens the page without a warning", async () => {
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
});
