// Fingers on a phone, a mouse that is held by the page, a tab that dies: the ways to reach the target beside plain
// keys and a plain mouse.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { closePage, openPage, PHONE } from "../src/browser.js";
import { browser, claimed, simulator } from "../src/claimed.js";
import { lease, live, logIn, part, place, situation } from "../src/operator.js";

let page: Page;

claimed();
afterEach(async () => closePage(page));

async function operate(options: BrowserContextOptions = {}): Promise<void> {
  page = await openPage(browser, simulator.url, options);
  await logIn(page);
  await live(page);
  await lease(page, "you");
}

test("a finger on a phone clicks where it taps", async () => {
  await operate({ viewport: PHONE, hasTouch: true, isMobile: true });
  const { x, y } = await place(page, 0.25, 0.25);
  await page.touchscreen.tap(x, y);
  await simulator.until("clicks 1");
  const { x: atX, y: atY } = await simulator.ask("pointer");
  const { width, height } = await simulator.ask("mode");
  assert.ok(Math.abs(Number(atX) / Number(width) - 0.25) < 0.01, `x ${atX}`);
  assert.ok(Math.abs(Number(atY) / Number(height) - 0.25) < 0.01, `y ${atY}`);
});

test("the relative mouse is held by a click on the picture and moves the target's pointer", async () => {
  await operate();
  await part(page, "bar-view").click();
  await page.getByRole("radio", { name: "Relative" }).click();
  await page.keyboard.press("Escape");
  await situation(page, "hold");
  const { x, y } = await place(page, 0.5, 0.5);
  await page.mouse.click(x, y);
  await situation(page, "none");
  const before = await simulator.ask("pointer");
  await page.mouse.move(x + 40, y + 24);
  await page.mouse.down();
  await simulator.until("buttons left");
  await page.mouse.up();
  await simulator.until("buttons none");
  const now = await simulator.ask("pointer");
  assert.ok(Number(now["x"]) > Number(before["x"]), `${before["x"]} → ${now["x"]}`);
  assert.ok(Number(now["y"]) > Number(before["y"]), `${before["y"]} → ${now["y"]}`);
});

test("a tab that crashes leaves no key held", async () => {
  await operate();
  await part(page, "stage").focus();
  await page.keyboard.down("KeyA");
  await simulator.until("keys 4");
  const crashed = new Promise((resolve) => page.once("crash", resolve));
  void page.goto("chrome://crash").catch(() => undefined);
  await crashed;
  await simulator.until("keys none");
});

test("a screenshot is saved as a picture, with the time in its name", async () => {
  await operate();
  const saved = page.waitForEvent("download");
  await part(page, "bar-screenshot").click();
  const [, ...stamp] = /^farseat-(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)\.(?:jpg|png)$/.exec((await saved).suggestedFilename()) ?? [];
  const [year, month, day, hour, minute, second] = stamp.map(Number);
  const taken = new Date(year!, month! - 1, day, hour, minute, second);
  assert.ok(Math.abs(Date.now() - taken.getTime()) < 60_000, `${stamp}`);
});

test("full screen is entered from the bar, has the picture alone, and is left from there", async () => {
  await operate();
  const isFull = (wanted: boolean) => page.waitForFunction((wanted) => (document.fullscreenElement !== null) === wanted, wanted);
  await part(page, "bar-full-screen").click();
  await isFull(true);
  await part(page, "bar").waitFor({ state: "detached" });
  await part(page, "bar-show").click();
  await part(page, "bar-full-screen").click();
  await isFull(false);
  await part(page, "bar").waitFor();
});

test("a tap of the right Ctrl key alone opens the commands", async () => {
  await operate();
  await part(page, "stage").focus();
  await page.keyboard.press("ControlRight");
  await part(page, "palette").waitFor();
  await simulator.until("keys none");
});
