// Keyboards that tell of no keys, and systems that tell of them in their own way, as far as a real browser can be made to: what the browser does
// with it arrives at the target. The whole table is src/ui/src/input/cases.test.ts.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { BrowserContextOptions, CDPSession, Page } from "playwright-core";
import { closePage, openPage, PHONE } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { LOOKS, optionsOf, shoot } from "../src/looks.js";
import { lease, live, logIn, part } from "../src/operator.js";

claimedForEachTest();

let shown: Page;

/** In the place of the page that every test has. */
async function instead(options: BrowserContextOptions = {}): Promise<Page> {
  await closePage(page);
  shown = await openPage(browser, "about:blank", options);
  return shown;
}

async function enter(): Promise<void> {
  await shown.goto(simulator.url);
  await logIn(shown);
  await live(shown);
  await lease(shown, "you");
}

afterEach(async () => {
  if (!page.isClosed()) return;
  await closePage(shown);
  await simulator.until("keys none");
});

const ANDROID = {
  viewport: PHONE, isMobile: true, hasTouch: true, deviceScaleFactor: 3,
  userAgent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
};

/** Opens the keyboard on the screen and in it the field for the phone's own. */
async function openField(shown: Page, layout = "us"): Promise<void> {
  await part(shown, "bar-keyboard").click();
  await part(shown, "osk-layout").locator(`option[value="${layout}"]`).waitFor({ state: "attached" });
  await part(shown, "osk-layout").selectOption(layout);
  await shown.locator('[data-testid="osk-KeyZ"] .key-text', { hasText: layout === "de" ? "y" : "z" }).waitFor({ state: "attached" });
  await part(shown, "osk-own").click();
  await shown.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "osk-own-field");
}

async function phone(): Promise<CDPSession> {
  await instead(ANDROID);
  await enter();
  await openField(shown);
  await simulator.ask("clear");
  return shown.context().newCDPSession(shown);
}

/** What a virtual keyboard does for one more state of the word: code 229, no place, and the composition. */
async function compose(keys: CDPSession, text: string): Promise<void> {
  await keys.send("Input.dispatchKeyEvent", { type: "rawKeyDown", windowsVirtualKeyCode: 229, key: "Unidentified", code: "" });
  await keys.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await keys.send("Input.dispatchKeyEvent", { type: "keyUp", windowsVirtualKeyCode: 229, key: "Unidentified", code: "" });
}

describe("a phone's own keyboard", () => {
  test("composes a word, corrects it, takes letters back; Enter and Backspace arrive from an empty field, too", async () => {
    const keys = await phone();
    for (const text of ["t", "te", "teh"]) await compose(keys, text);
    await simulator.typed("teh");
    await keys.send("Input.insertText", { text: "the " });
    await simulator.typed("teh\b\bhe ");
    await compose(keys, "C");
    await compose(keys, "");
    await simulator.typed("teh\b\bhe C\b");
    await part(shown, "osk-own-field").press("Enter");
    await part(shown, "osk-own-field").press("Backspace");
    await simulator.typed("teh\b\bhe C\b\n\b");
    assert.equal(await part(shown, "osk-own-field").inputValue(), "");
  });

  test("a character that the target cannot type is left out, and said when the word is done", async () => {
    const keys = await phone();
    await compose(keys, "か");
    assert.equal(await part(shown, "osk-own-missing").innerText(), "");
    await keys.send("Input.insertText", { text: "かa" });
    await part(shown, "osk-own-missing").getByText("does not have か").waitFor();
    await simulator.typed("a");
  });

  test("is shown in the place of the keyboard on the screen, and that comes back", async () => {
    await phone();
    await part(shown, "osk-KeyA").waitFor({ state: "hidden" });
    await part(shown, "osk-own").click();
    await part(shown, "osk-KeyA").waitFor();
  });

  test("types in the layout that the target has, with Shift and AltGr where they belong", async () => {
    await lease(page, "you");
    await openField(page, "de");
    await simulator.ask("clear");
    // The virtual target reads the keys as an American keyboard's.
    await page.keyboard.insertText("zy/?Y");
    await simulator.typed("yz&_Z");
    await part(page, "osk-layout").selectOption("us");
    await simulator.until("keys none");
  });

  for (const look of LOOKS.filter(({ touch }) => touch)) {
    test(`looks as it should on a ${look.device}, ${look.colorScheme}`, async () => {
      await instead(optionsOf(look));
      await enter();
      await openField(shown);
      await shown.keyboard.insertText("ls 日本");
      await part(shown, "osk-own-missing").getByText("日 本").waitFor();
      await shoot(shown, look, "own-keyboard");
      });
  }
});

describe("with the picture focused", () => {
  type Send = (type: "rawKeyDown" | "keyUp", code: string, key: string, more?: object) => Promise<unknown>;

  /** A page on which the system is this one. */
  async function on(platform: string): Promise<Send> {
    await instead();
    const keys = await shown.context().newCDPSession(shown);
    const userAgent = await shown.evaluate(() => navigator.userAgent);
    await keys.send("Emulation.setUserAgentOverride", { userAgent, platform });
    await enter();
    await part(shown, "stage").focus();
    await simulator.ask("clear");
    return (type, code, key, more = {}) => keys.send("Input.dispatchKeyEvent", { type, code, key, ...more });
  }
  const [ALT, CTRL, META, SHIFT] = [1, 2, 4, 8];

  test("an input method and a dead key change nothing: places are sent, composed text is not", async () => {
    const key = await on("Win32");
    const keys = await shown.context().newCDPSession(shown);
    await key("rawKeyDown", "KeyN", "Process", { windowsVirtualKeyCode: 229 });
    await keys.send("Input.imeSetComposition", { text: "ん", selectionStart: 1, selectionEnd: 1 });
    await key("keyUp", "KeyN", "n");
    await keys.send("Input.insertText", { text: "ん" });
    await key("rawKeyDown", "Quote", "Dead");
    await key("keyUp", "Quote", "Dead");
    await key("rawKeyDown", "KeyE", "é");
    await key("keyUp", "KeyE", "é");
    assert.equal((await simulator.typed("n'e"))["ok"], true);
  });

  test("AltGr's phantom on Windows never arrives", async () => {
    const key = await on("Win32");
    const timestamp = Date.now() / 1000;
    await key("rawKeyDown", "ControlLeft", "Control", { modifiers: CTRL, timestamp });
    await key("rawKeyDown", "AltRight", "AltGraph", { modifiers: CTRL | ALT, timestamp });
    await simulator.until("keys 230");
    await key("keyUp", "ControlLeft", "Control", { modifiers: ALT });
    await key("keyUp", "AltRight", "AltGraph");
    await simulator.until("keys none");
    await key("keyUp", "PrintScreen", "PrintScreen");
  });

  test("on a Mac a key with Command goes up by itself, and Caps Lock is a stroke", async () => {
    const key = await on("MacIntel");
    const before = Number((await simulator.ask("reports"))["reports"]);
    await key("rawKeyDown", "MetaLeft", "Meta", { modifiers: META });
    await key("rawKeyDown", "KeyZ", "z", { modifiers: META });
    await simulator.until("keys 227");
    await key("keyUp", "MetaLeft", "Meta");
    await key("rawKeyDown", "CapsLock", "CapsLock");
    await simulator.until("leds caps on");
    await key("keyUp", "CapsLock", "CapsLock");
    await simulator.until("leds caps off");
    await simulator.until("keys none");
    assert.equal(Number((await simulator.ask("reports"))["reports"]) - before, 8);
  });

  test("on Linux Alt holds although Shift has made Meta of it", async () => {
    const key = await on("Linux x86_64");
    await key("rawKeyDown", "ShiftLeft", "Shift", { modifiers: SHIFT });
    await key("rawKeyDown", "AltLeft", "Meta", { modifiers: SHIFT | ALT });
    await key("rawKeyDown", "Tab", "Tab", { modifiers: SHIFT | ALT });
    await simulator.until("keys 43,225,226");
    await part(shown, "stage").evaluate((stage: HTMLElement) => stage.blur());
  });
});
