// The console in a window of its own, and what a tab's title says of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { closePage, openPage } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { LOOKS, optionsOf, shoot } from "../src/looks.js";
import { lease, live, logIn, part, type } from "../src/operator.js";
import { listen } from "../src/words.js";

claimedForEachTest();

async function titled(title: string): Promise<void> {
  await page.waitForFunction((title) => document.title === title, title);
}

/** Begins to look; gives the title of the moment at which the page says this about the picture, and not of a frame later. */
async function watchTitle(state: string): Promise<() => Promise<string>> {
  const told = await page.evaluateHandle((state) => {
    const title = new Promise<string>((resolve) => {
      const look = () => document.querySelector(`[data-testid="situation"][data-state="${state}"]`) && resolve(document.title);
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    return { title };
  }, state);
  return () => told.evaluate(({ title }) => title);
}

async function openWindow() {
  await part(page, "bar-view").click();
  const opened = page.waitForEvent("popup");
  await part(page, "view-window").click();
  return opened;
}

test("it shows the console alone, has the keyboard, and its bar comes when it is asked for", async () => {
  await lease(page, "you");
  const window = await openWindow();
  await live(window);
  await lease(window, "you");
  await lease(page, "watching");
  assert.equal(await part(window, "bar").count(), 0);
  const inside = await window.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const picture = await part(window, "stage").evaluate((stage) => ({ width: Number(stage.dataset["width"]), height: Number(stage.dataset["height"]) }));
  assert.ok(Math.abs(inside.width / (inside.height - 34) - picture.width / picture.height) < 0.05, JSON.stringify({ inside, picture }));
  await type(window, "alone");
  await simulator.typed("alone");
  // Asked for once more it is the same window.
  await part(page, "bar-view").click();
  await part(page, "view-window").click();
  await live(window);
  assert.equal(page.context().pages().length, 2);
  await part(window, "bar-show").click();
  await part(window, "bar-view").click();
  await part(window, "view-full-screen").waitFor();
  assert.equal(await part(window, "view-window").count(), 0, "it is one already");
  await window.close();
});

test("where the browser keeps it from opening, a sentence says what to do", async () => {
  await page.evaluate(() => void (window.open = () => null));
  await part(page, "bar-view").click();
  await part(page, "view-window").click();
  await page.getByText("allow pop-up windows").waitFor();
  await lease(page, "you");
});

test("a phone has no such thing", async () => {
  const phone = await openPage(browser, simulator.url, optionsOf(LOOKS[1]!));
  await logIn(phone);
  await live(phone);
  await part(phone, "bar-view").click();
  await part(phone, "view-full-screen").waitFor();
  assert.equal(await part(phone, "view-window").count(), 0);
  await closePage(phone);
});

test("the title says what stands in the way, and whose picture it is", async () => {
  const name = await page.title();
  const told = await watchTitle("no_cable");
  await simulator.ask("signal none");
  assert.equal(await told(), `No HDMI signal · ${name}`);
  await simulator.ask("signal live");
  await titled(name);
});

for (const look of LOOKS.filter(({ device }) => device === "desktop")) {
  const { colorScheme } = look;
  test(`looks as it should, ${colorScheme}`, async () => {
    await page.emulateMedia({ colorScheme });
    const window = await openWindow();
    listen(window);
    await window.reload();
    await live(window);
    await window.emulateMedia({ colorScheme });
    await lease(window, "you");
    await shoot(window, look, "own-window");
    await window.close();
  });
}
