// Macros: recorded, edited, run, stopped, taken to another browser and back.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { closePage, openPage } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { LOOKS, optionsOf, shoot } from "../src/looks.js";
import { lease, live, logIn, part, type } from "../src/operator.js";

claimedForEachTest();

interface Step {
  readonly do: string;
  readonly key?: string;
  readonly ms?: number;
}

const press = (key: string): Step => ({ do: "press", key });
const LONG: Step[] = [{ do: "down", key: "ControlLeft" }, press("KeyA"), { do: "wait", ms: 30_000 }, press("KeyB"), { do: "up", key: "ControlLeft" }];

function fileOf(...macros: { name: string; digit?: number | null; steps: Step[] }[]): string {
  return JSON.stringify({ format: "farseat-macros", version: 1, macros });
}

async function open(shown: Page): Promise<void> {
  await lease(shown, "you");
  await part(shown, "bar-keys").click();
  await part(shown, "key-macros").click();
  await part(shown, "macros").waitFor();
}

async function bring(shown: Page, text: string): Promise<void> {
  await part(shown, "macros-file").setInputFiles({ name: "macros.json", mimeType: "application/json", buffer: Buffer.from(text) });
}

async function command(shown: Page, key: string): Promise<void> {
  await part(shown, "stage").focus();
  await shown.keyboard.press("ControlRight");
  await part(shown, "palette").waitFor();
  await shown.keyboard.press(key);
}

describe("macros", () => {
  test("are recorded from the picture and the screen's keyboard, edited, bound to a digit, and run", async () => {
    await open(page);
    await part(page, "macros-record").click();
    await part(page, "macro-recording").waitFor();
    await type(page, "iP");
    await part(page, "bar-keyboard").click();
    await part(page, "osk-Digit9").click();
    await part(page, "bar-keyboard").click();
    await part(page, "macro-finish").click();
    const steps = part(page, "macro-step");
    // The dialog comes back with all of them at once.
    await steps.first().waitFor();
    assert.deepEqual(await steps.allInnerTexts().then((all) => all.filter((text) => !text.startsWith("Wait"))), [
      "Press I",
      "Hold Left Shift",
      "Press P",
      "Let go of Left Shift",
      "Press 9",
    ]);
    // What was typed slowly has waits, which are taken out; the last key becomes another one.
    for (let wait = steps.filter({ hasText: "Wait" }).first(); (await wait.count()) > 0; ) {
      await wait.click();
      await part(page, "macro-remove").click();
      if ((await page.locator('[data-testid="macro-step"][aria-expanded="true"]').count()) > 0) {
        await page.locator('[data-testid="macro-step"][aria-expanded="true"]').click();
      }
    }
    await steps.last().click();
    await part(page, "macro-key").selectOption("Digit7");
    await part(page, "macro-name").fill("my ip");
    await part(page, "macro-digit").selectOption("4");
    await part(page, "macro-save").click();
    await page.locator('[data-testid="macro"][data-name="my ip"]').waitFor();
    await part(page, "macros-close").click();
    await simulator.ask("clear");
    await command(page, "4");
    await simulator.typed("iP7");
    await simulator.until("keys none");
    // It is kept, and is in the menu.
    await page.reload();
    await live(page);
    await lease(page, "you");
    await simulator.ask("clear");
    await part(page, "bar-keys").click();
    await page.getByRole("button", { name: "my ip" }).click();
    await simulator.typed("iP7");
  });

  test("say how far they are, and stop when told, with every key up", async () => {
    await open(page);
    await bring(page, fileOf({ name: "long", digit: 1, steps: LONG }));
    await page.locator('[data-testid="macro"][data-name="long"]').getByTestId("macro-run").click();
    await simulator.until("keys 224");
    await part(page, "macro-running").getByText("long: 2 of 5").waitFor();
    await part(page, "macro-stop").click();
    await simulator.until("keys none");
    await part(page, "macro-running").waitFor({ state: "detached" });
  });

  test("stop when control is lost and when the target goes to sleep", async () => {
    await open(page);
    await bring(page, fileOf({ name: "long", digit: 1, steps: LONG }));
    await page.locator('[data-testid="macro"][data-name="long"]').getByTestId("macro-run").click();
    await simulator.until("keys 224");
    const second = await openPage(browser, simulator.url);
    await logIn(second);
    await live(second);
    await part(second, "situation-takeControl").click();
    await lease(second, "you");
    await simulator.until("keys none");
    await part(page, "macro-running").waitFor({ state: "detached" });
    // What was said of the first run is read and put away, so that the same words of the second one are its own.
    const said = part(page, "toast").filter({ hasText: "takes no keys" });
    await said.getByRole("button").click();
    await said.waitFor({ state: "detached" });
    await closePage(second);
    await part(page, "situation-takeControl").click();
    await lease(page, "you");
    await simulator.ask("usb suspended");
    await page.locator('[data-testid="strip-usb"][data-state="suspended"]').waitFor();
    await command(page, "1");
    await said.waitFor();
    assert.equal(await part(page, "macro-running").count(), 0);
    await simulator.ask("usb configured");
    await simulator.until("keys none");
  });

  test("go to a file and come back from it", async () => {
    await open(page);
    await bring(page, fileOf({ name: "one", digit: 5, steps: [press("KeyZ")] }, { name: "two", steps: [press("F5"), { do: "wait", ms: 250 }] }));
    await part(page, "macros-said").getByText("2 macros imported.").waitFor();
    const saved = page.waitForEvent("download");
    await part(page, "macros-export").click();
    const text = readFileSync(await (await saved).path(), "utf8");
    for (const name of ["one", "two"]) {
      await page.locator(`[data-testid="macro"][data-name="${name}"]`).getByTestId("macro-edit").click();
      await part(page, "macro-delete").click();
    }
    await part(page, "macro").first().waitFor({ state: "detached" });
    await bring(page, text);
    for (const name of ["one", "two"]) await page.locator(`[data-testid="macro"][data-name="${name}"]`).waitFor();
  });

  test("from a hostile file do not come in, and the reason is told", async () => {
    await open(page);
    for (const [text, reason] of [
      ["{", "not JSON"],
      ["x".repeat(2 * 1024 * 1024), "larger than 256 KiB"],
      ['{"macros":[]}', "no file of Farseat's macros"],
      [fileOf({ name: "<img src=x onerror=alert(1)>", steps: [press("Nothing")] }), "step 1 of macro 1 names a key"],
      [fileOf({ name: "a", steps: [press("KeyA")] }, { name: "b", steps: [{ do: "wait", ms: 1e9 }] }), "step 1 of macro 2 does not wait"],
    ] as const) {
      await bring(page, text);
      await part(page, "macros-said").getByText(reason).waitFor();
      assert.equal(await part(page, "macro").count(), 0);
    }
    // A name is text, whatever is in it.
    await bring(page, fileOf({ name: "<b>bold</b>", steps: [press("KeyA")] }));
    await page.locator('[data-testid="macro"][data-name="<b>bold</b>"]').waitFor();
  });

  for (const look of LOOKS) {
    test(`look as they should on a ${look.device}, ${look.colorScheme}`, async () => {
      await closePage(page);
      const shown = await openPage(browser, simulator.url, optionsOf(look));
      await logIn(shown);
      await live(shown);
      await open(shown);
      await bring(shown, fileOf({ name: "Boot menu", digit: 1, steps: LONG }, { name: "Sign in again", steps: [press("Enter")] }));
      await part(shown, "macro").first().waitFor();
      await shoot(shown, look, "macros");
      await part(shown, "macro").first().getByTestId("macro-edit").click();
      await part(shown, "macro-step").nth(2).click();
      await shoot(shown, look, "macro-edit");
      await part(shown, "macro-cancel").click();
      await part(shown, "macro-run").first().click();
      await simulator.until("keys 224");
      await shoot(shown, look, "macro-running");
      await part(shown, "macro-stop").click();
      await simulator.until("keys none");
      await closePage(shown);
    });
  }
});
