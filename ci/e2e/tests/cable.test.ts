// The USB cable as a whole: a sleeping target is woken, USB is reset.

import assert from "node:assert/strict";
import { test } from "node:test";
import { claimedForEachTest, page, simulator } from "../src/claimed.js";
import { part, type } from "../src/operator.js";

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
