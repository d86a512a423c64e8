// What the console sends for keys that a browser keeps, and what it shows of those that were sent.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { closePage, openPage } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { LOOKS, optionsOf, shoot } from "../src/looks.js";
import { lease, live, logIn, part, type } from "../src/operator.js";

claimedForEachTest();

async function showHistory(shown = page): Promise<void> {
  await part(shown, "bar-view").click();
  await part(shown, "view-history").click();
  await part(shown, "history").waitFor();
}

async function hideHistory(): Promise<void> {
  await part(page, "bar-view").click();
  await part(page, "view-history").click();
  await part(page, "history").waitFor({ state: "detached" });
}

/** As the history has it: modifiers, and the key that was pressed with them. */
function lastOf(codes: string): string {
  return codes.replace("+PrintScreen", "");
}

/** Until the last keys have one of these, with this fate. */
async function fate(codes: string, fate: string, shown = page): Promise<void> {
  const key = shown.locator(`[data-testid="history-key"][data-codes="${codes}"][data-fate="${fate}"]`).first();
  await key.waitFor().catch(async (never: Error) => {
    const all = await part(shown, "history-key").evaluateAll((keys) => keys.map(({ dataset }) => `${dataset["codes"]} ${dataset["fate"]}`));
    throw new Error(`no ${codes} ${fate}, but: ${all.join(", ") || "nothing"}; the focus is on ${await focus(shown)}`, { cause: never });
  });
}

function focus(shown: Page): Promise<string | undefined> {
  return shown.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset["testid"]);
}

describe("the last keys", () => {
  test("are shown to whoever asks, each with what became of it", async () => {
    await lease(page, "you");
    assert.equal(await part(page, "history").count(), 0);
    await showHistory();
    await type(page, "aB");
    await fate("KeyA", "accepted");
    await fate("ShiftLeft+KeyB", "accepted");
    await simulator.ask("usb suspended");
    await page.locator('[data-testid="strip-usb"][data-state="suspended"]').waitFor();
    await type(page, "c");
    await fate("KeyC", "asleep");
    await simulator.ask("usb disconnected");
    await page.locator('[data-testid="strip-usb"][data-state="disconnected"]').waitFor();
    await type(page, "d");
    await fate("KeyD", "notConnected");
    await simulator.ask("usb configured");
    await simulator.until("keys none");
  });

  test("are kept nowhere: not over a reload, not in the browser's storage", async () => {
    await lease(page, "you");
    await showHistory();
    await type(page, "xyz");
    await fate("KeyX", "accepted");
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.doesNotMatch(kept, /Key[XYZ]/);
    await page.reload();
    await live(page);
    await part(page, "history").waitFor();
    assert.equal(await part(page, "history-key").count(), 0);
    await part(page, "bar-view").click();
    await part(page, "view-history").click();
    await part(page, "history").waitFor({ state: "detached" });
  });
});

describe("the menu of keys", () => {
  for (const [group, id, codes] of [
    [null, "meta-l", "MetaLeft+KeyL"],
    ["consoles", "console-3", "ControlLeft+AltLeft+F3"],
    ["sysrq", "sysrq-s", "AltLeft+PrintScreen+KeyS"],
  ] as const) {
    test(`sends ${id} in one go: each key goes down, and comes up again`, async () => {
      await lease(page, "you");
      await showHistory();
      const before = Number((await simulator.ask("reports"))["reports"]);
      await part(page, "bar-keys").click();
      if (group) await part(page, `keys-${group}`).click();
      await part(page, `key-${id}`).click();
      await fate(lastOf(codes), "accepted");
      await simulator.until("keys none");
      const after = Number((await simulator.ask("reports"))["reports"]);
      assert.equal(after - before, 2 * codes.split("+").length);
      await hideHistory();
    });
  }

  test("finds letters where the target's layout has them", async () => {
    await lease(page, "you");
    await showHistory();
    await page.evaluate(() => localStorage.setItem("farseat.layout", "fr"));
    await page.reload();
    await live(page);
    await lease(page, "you");
    await part(page, "bar-keys").click();
    await part(page, "key-ctrl-w").click();
    await fate("ControlLeft+KeyZ", "accepted");
    await hideHistory();
  });

  test("has everything in the commands, too", async () => {
    await lease(page, "you");
    await showHistory();
    await part(page, "stage").focus();
    await page.keyboard.press("ControlRight");
    await part(page, "palette-filter").fill("ctrl alt f2");
    await part(page, "command-console-2").waitFor();
    await page.keyboard.press("Enter");
    await fate("ControlLeft+AltLeft+F2", "accepted");
    await hideHistory();
  });

  for (const look of LOOKS) {
    test(`looks as it should on a ${look.device}, ${look.colorScheme}`, async () => {
      await closePage(page);
      const shown = await openPage(browser, simulator.url, optionsOf(look));
      await logIn(shown);
      await live(shown);
      await lease(shown, "you");
      await showHistory(shown);
      await type(shown, "Farseat");
      await fate("KeyT", "accepted", shown);
      await part(shown, "bar-keys").click();
      await part(shown, "keys-sysrq").click();
      await shoot(shown, look, "keys");
      await closePage(shown);
    });
  }
});
