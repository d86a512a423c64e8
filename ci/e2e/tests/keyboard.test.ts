// The keyboard on the screen: what is pressed there reaches the target as keys, and no key stays down.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { closePage, openPage, PHONE } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { LOOKS, optionsOf, shoot } from "../src/looks.js";
import { lease, live, logIn, part } from "../src/operator.js";

claimedForEachTest();

const TABLET = { width: 820, height: 1180 };

const key = (shown: Page, code: string): Locator => part(shown, `osk-${code}`);

/** Opens it, in a layout; its labels have come. */
async function open(shown: Page, layout = "us"): Promise<void> {
  await lease(shown, "you");
  await part(shown, "bar-keyboard").click();
  await part(shown, "osk-layout").locator(`option[value="${layout}"]`).waitFor({ state: "attached" });
  await part(shown, "osk-layout").selectOption(layout);
  await label(shown, "KeyZ", layout === "de" ? "y" : "z");
}

async function label(shown: Page, code: string, text: string): Promise<void> {
  await key(shown, code).locator(".key-text", { hasText: new RegExp(`^${text}$`) }).waitFor({ state: "attached" });
}

async function press(shown: Page, ...codes: string[]): Promise<void> {
  for (const code of codes) await key(shown, code).click();
}

/** Presses with a finger, without the click that comes after it. */
async function touch(shown: Page, code: string): Promise<void> {
  await key(shown, code).tap();
}

async function another(options: BrowserContextOptions): Promise<Page> {
  const shown = await openPage(browser, simulator.url, options);
  await logIn(shown);
  await live(shown);
  return shown;
}

/** Until a key of the page's keyboard has this attribute. */
async function is(shown: Page, code: string, attribute: string, value: string): Promise<void> {
  await shown.locator(`[data-testid="osk-${code}"][${attribute}="${value}"]`).waitFor();
}

describe("the keyboard on the screen", () => {
  test("types: Shift once is for one key, twice for all until it is tapped again", async () => {
    await open(page);
    await simulator.ask("clear");
    await press(page, "ShiftLeft", "KeyA", "KeyB", "ShiftLeft", "ShiftLeft", "KeyC", "Digit1");
    await is(page, "ShiftLeft", "data-grip", "locked");
    await is(page, "ShiftLeft", "aria-pressed", "true");
    await press(page, "ShiftLeft", "KeyD");
    await is(page, "ShiftLeft", "aria-pressed", "false");
    await simulator.typed("AbC!d");
    await simulator.until("keys none");
  });

  test("shows what the modifiers and Caps Lock would give, in the layout that is chosen", async () => {
    await open(page, "de");
    await label(page, "Digit7", "7");
    await press(page, "ShiftLeft");
    await label(page, "Digit7", "/");
    await press(page, "ShiftLeft", "ShiftLeft", "AltRight");
    await label(page, "KeyE", "€");
    await press(page, "AltRight", "AltRight", "CapsLock");
    await simulator.until("leds caps on");
    await label(page, "KeyY", "Z");
    await is(page, "CapsLock", "aria-pressed", "true");
    await press(page, "CapsLock");
    await simulator.until("leds caps off");
    await label(page, "KeyY", "z");
    // German keyboards have a key that American ones have not; the choice is remembered.
    await key(page, "IntlBackslash").waitFor();
    await page.reload();
    await live(page);
    await part(page, "bar-keyboard").click();
    await label(page, "KeyY", "z");
    await part(page, "osk-layout").selectOption("us");
    await key(page, "IntlBackslash").waitFor({ state: "detached" });
  });

  test("holds a key for as long as the mouse does, and no longer than the window has the focus", async () => {
    await open(page);
    const box = (await key(page, "KeyX").boundingBox())!;
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.mouse.down();
    await simulator.until("keys 27");
    await page.mouse.move(5, 300);
    await simulator.until("keys 27");
    await page.mouse.up();
    await simulator.until("keys none");
    await press(page, "ControlLeft", "ControlLeft");
    await simulator.until("keys 224");
    await page.evaluate(() => window.dispatchEvent(new Event("blur")));
    await simulator.until("keys none");
    await is(page, "ControlLeft", "data-grip", "off");
  });

  test("holds nothing when its key goes away under the finger, nor behind a dialog", async () => {
    await open(page, "de");
    const box = (await key(page, "IntlBackslash").boundingBox())!;
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.mouse.down();
    await simulator.until("keys 100");
    await part(page, "osk-layout").selectOption("us");
    await key(page, "IntlBackslash").waitFor({ state: "detached" });
    await page.mouse.move(5, 300);
    await page.mouse.up();
    await simulator.until("keys none");
    await press(page, "ControlLeft", "ControlLeft");
    await simulator.until("keys 224");
    await part(page, "bar-paste").click();
    await part(page, "paste").waitFor();
    await simulator.until("keys none");
    await part(page, "paste-close").click();
    await is(page, "ControlLeft", "data-grip", "off");
  });

  test("leaves the picture the keys: what is typed on a real keyboard goes on to the target", async () => {
    await open(page);
    await simulator.ask("clear");
    await part(page, "stage").focus();
    await press(page, "KeyH");
    await page.keyboard.press("KeyI");
    await simulator.typed("hi");
    // A modifier from the screen is for the next key of either.
    await press(page, "ShiftLeft");
    await page.keyboard.press("KeyJ");
    await page.keyboard.press("KeyK");
    await simulator.typed("hiJk");
    await simulator.until("keys none");
  });

  test("has media and system keys: Sleep and Wake do so", async () => {
    await open(page);
    await press(page, "AudioVolumeUp");
    await simulator.until("media Volume up");
    await press(page, "Sleep");
    await simulator.until("power asleep");
    await part(page, "osk-note").getByText("Wake").waitFor();
    await press(page, "WakeUp");
    await simulator.until("power running");
  });

  test("is reached and used without a mouse", async () => {
    await lease(page, "you");
    await simulator.ask("clear");
    await part(page, "stage").focus();
    await page.keyboard.press("ControlRight");
    await part(page, "palette").waitFor();
    await page.keyboard.press("k");
    await part(page, "osk").waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-code") === "Escape");
    for (const _ of [1, 2]) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-code") === "KeyQ");
    await page.keyboard.down("Enter");
    await simulator.until("keys 20");
    await page.keyboard.up("Enter");
    await simulator.until("keys none");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "stage");
  });

  test("says that it does nothing without control, does nothing, and offers it", async () => {
    await open(page);
    const second = await another({});
    await second.locator('[data-testid="strip-lease"][data-lease="watching"]').waitFor();
    await part(second, "bar-keyboard").click();
    await part(second, "osk-take").waitFor();
    await simulator.ask("clear");
    await press(second, "ShiftLeft", "KeyN");
    await is(second, "ShiftLeft", "data-grip", "off");
    // Whoever has the keyboard loses what he holds when it is taken.
    await press(page, "AltLeft", "AltLeft");
    await simulator.until("keys 226");
    await part(second, "osk-take").click();
    await lease(second, "you");
    await simulator.until("keys none");
    await is(page, "AltLeft", "data-grip", "off");
    await press(second, "KeyY");
    await simulator.typed("y");
    await closePage(second);
  });

  for (const [device, viewport] of [["phone", PHONE], ["tablet", TABLET]] as const) {
    test(`types with fingers on a ${device}, and every key is on the screen`, async () => {
      await closePage(page);
      const shown = await another({ viewport, hasTouch: true, isMobile: true });
      await part(shown, "bar-keyboard").tap();
      await label(shown, "KeyZ", "z");
      await simulator.ask("clear");
      await touch(shown, "ShiftLeft");
      for (const code of ["KeyO", "KeyK", "Minus"]) await touch(shown, code);
      await simulator.typed("Ok-");
      await part(shown, "osk-panel-navigation").tap();
      await touch(shown, "Numpad5");
      await touch(shown, "ArrowLeft");
      await part(shown, "osk-panel-functions").tap();
      await touch(shown, "F13");
      await part(shown, "osk-panel-media").tap();
      await touch(shown, "AudioVolumeMute");
      await simulator.until("keys none");
      await part(shown, "osk-panel-letters").tap();
      for (const { left, right, height } of await boxes(shown)) {
        assert.ok(left >= 0 && right <= viewport.width, `from ${left} to ${right}`);
        assert.ok(height >= 44, `${height} px high`);
      }
      await shoot(shown, { device, colorScheme: "light", viewport, touch: true }, "keyboard");
      await closePage(shown);
    });
  }

  test("comes and goes by a tap with three fingers", async () => {
    await closePage(page);
    const shown = await another({ viewport: PHONE, hasTouch: true, isMobile: true });
    await lease(shown, "you");
    const touches = await shown.context().newCDPSession(shown);
    const tap = async () => {
      const touchPoints = [60, 160, 260].map((x, id) => ({ x, y: 150, id }));
      await touches.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
      await touches.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    };
    await tap();
    await part(shown, "osk").waitFor();
    await tap();
    await part(shown, "osk").waitFor({ state: "detached" });
    await closePage(shown);
  });

  for (const look of LOOKS) {
    test(`looks as it should on a ${look.device}, ${look.colorScheme}`, async () => {
      await closePage(page);
      const shown = await another(optionsOf(look));
      await open(shown, "de");
      await press(shown, "ShiftLeft", "ControlLeft", "ControlLeft");
      await shoot(shown, look, "keyboard-de");
      await press(shown, "ControlLeft", "ShiftLeft", "ShiftLeft");
      await part(shown, "osk-layout").selectOption("us");
      await closePage(shown);
    });
  }
});

async function boxes(shown: Page): Promise<{ left: number; right: number; height: number }[]> {
  return shown.locator(".osk .key:visible").evaluateAll((keys) =>
    keys.map((each) => {
      const { left, right, height } = each.getBoundingClientRect();
      return { left, right, height };
    }),
  );
}
