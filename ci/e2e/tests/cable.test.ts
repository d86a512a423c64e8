// The USB cable as a whole: a sleeping target is woken, USB is reset, and what the target is shown is tried out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { claimedForEachTest, page, simulator } from "../src/claimed.js";
import { eventually, part, settings, situation, type } from "../src/operator.js";

claimedForEachTest();

const toast = (text: RegExp) => page.getByTestId("toast").filter({ hasText: text }).first().waitFor();
const usb = (state: string) => page.locator(`[data-testid="strip-usb"][data-state="${state}"]`).waitFor();

async function choose(item: string): Promise<void> {
  await part(page, "bar-keys").click();
  await part(page, item).click();
}

test("a target that sleeps is woken from the menu, and one that is awake is told to be", async () => {
  await choose("key-wake");
  await toast(/does not sleep/);
  await simulator.ask("sleep");
  await usb("suspended");
  await choose("key-wake");
  await simulator.until("power running");
  await toast(/is awake/);
});

test("a target that sleeps on is told in a sentence", async () => {
  await simulator.ask("usb suspended");
  await usb("suspended");
  await choose("key-wake");
  await toast(/sleeps on/);
  await simulator.ask("usb configured");
});

test("USB is reset after a question, and keys arrive again", async () => {
  await choose("key-usb-reset");
  await part(page, "usb-reset-no").click();
  await part(page, "usb-reset").waitFor({ state: "detached" });
  assert.equal((await simulator.ask("power"))["usb"], "configured");
  await choose("key-usb-reset");
  await part(page, "usb-reset-yes").click();
  await usb("disconnected");
  await usb("configured");
  await simulator.ask("clear");
  await type(page, "back");
  await simulator.until("typed back");
});

const functions = async () => (await simulator.ask("power"))["functions"];
const outcome = (text: RegExp) => page.getByTestId("usb-outcome").filter({ hasText: text }).waitFor();

test("the keyboard first: a target that restarts meets it alone, and the rest is plugged in from the console", async () => {
  await settings(page, "usb");
  assert.match((await part(page, "usb-budget-text").textContent())!, /^5 of 9: /);
  await part(page, "usb-controls").uncheck();
  assert.match((await part(page, "usb-budget-text").textContent())!, /^4 of 9: /);
  await part(page, "usb-discard").click();
  await part(page, "usb-start-keyboard").check();
  await part(page, "usb-apply").click();
  await outcome(/It is kept/);
  assert.deepEqual(await functions(), ["keyboard"]);
  await part(page, "settings-close").click();
  await situation(page, "keyboard_alone");
  await simulator.ask("clear");
  await type(page, "bios");
  await simulator.until("typed bios");
  await part(page, "situation-plugIn").click();
  await toast(/found everything/);
  await situation(page, "none");
  assert.deepEqual(await functions(), ["keyboard", "absolute", "relative", "controls"]);
  await simulator.ask("poweroff");
  await situation(page, "off");
  await situation(page, "keyboard_alone");
  assert.deepEqual(await functions(), ["keyboard"]);
  await settings(page, "usb");
  await part(page, "usb-default").click();
  await part(page, "usb-apply").click();
  await outcome(/It is kept/);
  assert.deepEqual(await functions(), ["keyboard", "absolute", "relative", "controls"]);
});

test("a profile that the target does not find is put back by itself, and stays in the form", async () => {
  await settings(page, "usb");
  await part(page, "usb-product").fill("Another name");
  await part(page, "usb-absolute").uncheck();
  await simulator.ask("picky on");
  await part(page, "usb-apply").click();
  await outcome(/Waiting for the target/);
  await part(page, "usb-refusal").filter({ hasText: "did not find it within 15 seconds" }).waitFor({ timeout: 30_000 });
  // The cable comes back in its own time.
  await eventually(page, async () => ((await functions()) as string[] | null)?.length === 4);
  assert.equal(await part(page, "usb-product").inputValue(), "Another name");
  assert.equal(await part(page, "usb-absolute").isChecked(), false);
});
