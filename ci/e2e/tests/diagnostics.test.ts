// Diagnostics: what is wrong and what to do, the log as it comes, and a support file that is shown before it is saved.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { claimedForEachTest, page, simulator } from "../src/claimed.js";
import { part, settings } from "../src/operator.js";

claimedForEachTest();

/** What the last button put on the clipboard. */
async function copied(): Promise<string> {
  await page.locator('[data-copied="true"]').waitFor();
  await page.context().grantPermissions(["clipboard-read"]);
  return page.evaluate(() => navigator.clipboard.readText());
}

const finding = (name: string) => page.locator(`[data-testid="diagnostics-finding"][data-finding="${name}"]`);

test("are found by the settings' search, and name what is wrong and what to do", async () => {
  await settings(page, "about");
  await part(page, "settings-find").fill("support file");
  await part(page, "settings-find").press("Enter");
  await part(page, "settings-diagnostics").waitFor();
  await part(page, "health-usb").filter({ hasText: "Connected" }).waitFor();
  await simulator.ask("usb disconnected");
  await finding("usb_disconnected").filter({ hasText: "Is the USB-C cable in at both ends" }).waitFor();
  await simulator.ask("signal none");
  await finding("no_signal").filter({ hasText: "There is no HDMI signal." }).waitFor();
  await simulator.ask("usb configured");
  await simulator.ask("signal live");
  await finding("usb_disconnected").waitFor({ state: "detached" });
  await finding("no_signal").waitFor({ state: "detached" });
  assert.match(await part(page, "health-undervoltage").innerText(), /Not known on this machine|Voltage/);
});

test("the log comes as it is written, and is filtered by level and words", async () => {
  await settings(page, "diagnostics");
  await part(page, "log-line").first().waitFor();
  await part(page, "log-filter").fill("nothing of the kind");
  await part(page, "log-count").filter({ hasText: /^0 of / }).waitFor();
  await part(page, "log-filter").fill("network");
  const { settings: wanted } = (await (await page.request.get("/api/v1/network")).json()) as { settings: object };
  assert.equal((await page.request.put("/api/v1/network", { data: wanted, headers: simulator.headers })).status(), 202);
  await part(page, "log-line").filter({ hasText: "admin puts a change on trial" }).waitFor();
  await part(page, "log-copy").click();
  assert.match(await copied(), /info .+: admin puts a change on trial/);
  await part(page, "log-level").selectOption("error");
  await part(page, "log-line").filter({ hasText: "admin puts a change on trial" }).waitFor({ state: "detached" });
  assert.equal((await page.request.post("/api/v1/network/revert", { headers: simulator.headers })).status(), 204);
});

test("the support file is shown before it is saved, and tells on nobody", async () => {
  await settings(page, "diagnostics");
  await part(page, "support-make").click();
  const text = await part(page, "support-text").inputValue();
  assert.doesNotMatch(text, /\badmin\b/);
  assert.match(text, /"redacted": true/);
  assert.doesNotMatch(text, /192\.0\.2\.15/);
  await part(page, "support-copy").click();
  assert.equal(await copied(), text);
  const [download] = await Promise.all([page.waitForEvent("download"), part(page, "support-save").click()]);
  assert.equal(download.suggestedFilename(), "farseat-support.json");
  assert.equal(readFileSync((await download.path())!, "utf8"), text);
  await part(page, "support").waitFor({ state: "detached" });

  await part(page, "support-whole").check();
  await part(page, "support-make").click();
  assert.match(await part(page, "support-text").inputValue(), /192\.0\.2\.15/);
  await part(page, "support-cancel").click();
});
