// Text for the target, from the paste dialog to the target's own screen. The virtual target has a US keyboard.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closePage, openPage } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { LOOKS, optionsOf, shoot } from "../src/looks.js";
import { lease, live, logIn, part } from "../src/operator.js";

claimedForEachTest();

async function open(): Promise<void> {
  await lease(page, "you");
  await part(page, "bar-paste").click();
  // Its layouts have come.
  await page.locator('[data-testid="paste-layout"] option[value="us"]').waitFor({ state: "attached" });
}

/** Until the typing is in this state. */
async function phase(name: string): Promise<void> {
  await page.locator(`[data-testid="paste-how"][data-phase="${name}"]`).waitFor({ state: "attached" });
}

describe("paste", () => {
  test("a text arrives exactly, with capitals, signs and tabs", async () => {
    const text = `Paste #1:\t"Quotes" & \\back\\ ~{[(<|>)]}~ ^_$ @home`;
    await open();
    await part(page, "paste-text").fill(text);
    await part(page, "paste-begin").click();
    await phase("done");
    await simulator.typed(text);
    await simulator.until("keys none");
  });

  test("what the layout does not have is marked before anything is sent, and replaced where something stands for it", async () => {
    await open();
    await part(page, "paste-text").fill("curly “quotes” – and ß");
    await part(page, "paste-missing").waitFor();
    assert.deepEqual(await part(page, "paste-marks").locator("mark").allInnerTexts(), ["“", "”", "–", "ß"]);
    await part(page, "paste-begin").click();
    await phase("done");
    await simulator.typed('curly "quotes" - and ');
  });

  test("or entered by its number, as the target's system has it", async () => {
    await open();
    await part(page, "paste-text").fill("1 €");
    await part(page, "paste-unknown").selectOption("ctrl_shift_u");
    assert.match(await part(page, "paste-unknown-note").innerText(), /Every character/);
    await part(page, "paste-begin").click();
    await phase("done");
    // The virtual target's desktop shows what it is given, and knows no numbers.
    await simulator.typed("1 20ac ");
    await simulator.until("keys none");
  });

  test("or each in a way of its own", async () => {
    await open();
    await part(page, "paste-text").fill("“a” € ß");
    await part(page, "paste-each").click();
    await part(page, "paste-way-U+201C").selectOption("skip");
    await part(page, "paste-way-U+20AC").selectOption("ctrl_shift_u");
    await part(page, "paste-begin").click();
    await phase("done");
    await simulator.typed('a" 20ac  ');
  });

  test("the layout is the target's: another one sends other keys, and is remembered", async () => {
    await open();
    await part(page, "paste-layout").selectOption("de");
    await part(page, "paste-text").fill("Zyx");
    await part(page, "paste-begin").click();
    await phase("done");
    await simulator.typed("Yzx");
    await page.reload();
    await live(page);
    await open();
    assert.equal(await part(page, "paste-layout").inputValue(), "de");
    await part(page, "paste-layout").selectOption("us");
  });

  test("a long text can be paused, looked at again, and stopped", async () => {
    await open();
    await part(page, "paste-text").fill("x".repeat(20_000));
    await part(page, "paste-more").click();
    await part(page, "paste-delay").selectOption("10");
    await part(page, "paste-begin").click();
    await phase("typing");
    await page.locator('[data-testid="paste-state"]', { hasText: /^[1-9][\d,]* of 20,000$/ }).waitFor();
    await part(page, "paste-pause").click();
    await phase("paused");
    await part(page, "paste-close").click();
    await open();
    await phase("paused");
    await part(page, "paste-pause").click();
    await phase("typing");
    await part(page, "paste-stop").click();
    await phase("stopped");
    await simulator.until("keys none");
  });

  test("a text can be hidden, and nothing on the page has parts of it then", async () => {
    const how = () => part(page, "paste-text").evaluate((text) => getComputedStyle(text).getPropertyValue("-webkit-text-security"));
    await open();
    await part(page, "paste-text").fill("secret €");
    await part(page, "paste-marks").waitFor();
    assert.equal(await how(), "none");
    await part(page, "paste-hide").check();
    assert.equal(await how(), "disc");
    await part(page, "paste-missing").waitFor();
    for (const shown of ["paste-marks", "paste-each"]) assert.equal(await part(page, shown).count(), 0, shown);
    await part(page, "paste-hide").uncheck();
    await part(page, "paste-marks").waitFor();
  });

  test("who does not have the keyboard is told who has, and can take it", async () => {
    await lease(page, "you");
    const second = await openPage(browser, simulator.url);
    await logIn(second);
    await live(second);
    await part(second, "bar-paste").click();
    await part(second, "paste-not-in-control").waitFor();
    await part(second, "paste-take").click();
    await part(second, "paste-text").fill("mine");
    await part(second, "paste-begin").click();
    await second.locator('[data-testid="paste-how"][data-phase="done"]').waitFor({ state: "attached" });
    await simulator.typed("mine");
    await closePage(second);
  });

  for (const look of LOOKS) {
    test(`looks as it should on a ${look.device}, ${look.colorScheme}`, async () => {
      await closePage(page);
      const shown = await openPage(browser, simulator.url, optionsOf(look));
      await logIn(shown);
      await live(shown);
      await part(shown, "bar-paste").click();
      await part(shown, "paste-text").fill("Grüße – “quoted”…");
      await part(shown, "paste-missing").waitFor();
      await shoot(shown, look, "paste");
      await part(shown, "paste-each").click();
      await part(shown, "paste-way-U+2026").selectOption("skip");
      await shoot(shown, look, "paste-each");
      await lease(shown, "you");
      await part(shown, "paste-text").fill("x".repeat(20_000));
      await part(shown, "paste-more").click();
      await part(shown, "paste-delay").selectOption("10");
      await part(shown, "paste-begin").click();
      await shown.locator('[data-testid="paste-how"][data-phase="typing"]').waitFor({ state: "attached" });
      await shoot(shown, look, "paste-typing");
      await part(shown, "paste-stop").click();
      await closePage(shown);
    });
  }
});
