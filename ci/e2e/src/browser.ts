// Debian's Chromium, and a page that remembers what went wrong on it.

import assert from "node:assert/strict";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { listen } from "./words.js";

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    // In a container there is no user namespace for the sandbox and little shared memory.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });
}

/** Refused requests: the tests that refuse look at them themselves. The last one is the trust check's, in a browser that trusts nobody. */
const TOLD_BY_THE_BROWSER = /Failed to load resource|WebSocket connection|An SSL certificate error occurred when fetching the script/;

/** A page in a profile of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: DESKTOP, baseURL: url, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  listen(page);
  const faults: string[] = [];
  allFaults.set(page, faults);
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !TOLD_BY_THE_BROWSER.test(message.text())) faults.push(message.text());
  });
  // A page with a key held asks before it goes; the tests mean it.
  page.on("dialog", (dialog) => void dialog.accept());
  await page.goto(url);
  return page;
}

const allFaults = new WeakMap<Page, string[]>();

/** Ends the page; it must not have thrown, logged an error or broken its content security policy. */
export async function closePage(page: Page): Promise<void> {
  const faults = allFaults.get(page);
  await page.context().close();
  assert.deepEqual(faults, []);
}
