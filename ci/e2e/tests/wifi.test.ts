// Wi-Fi on the simulator's drawn radio: networks near, one that hides, a wrong password.

import assert from "node:assert/strict";
import { test } from "node:test";
import { claimedForEachTest, page } from "../src/claimed.js";
import { part, settings } from "../src/operator.js";

claimedForEachTest();

const found = (name: string) => page.locator(`[data-testid="wifi-found"][data-name="${name}"]`);

async function join(name: string, password: string): Promise<void> {
  await found(name).locator('[data-testid="wifi-join"]').click();
  await part(page, "wifi-password").fill(password);
  await part(page, "wifi-submit").click();
}

test("a network is found, joined, kept, and comes back after a wrong password; then it is forgotten", async () => {
  await settings(page, "wifi");
  await part(page, "wifi-state").filter({ hasText: "no network is known" }).waitFor();
  await part(page, "wifi-scan").click();
  await found("Cellar").filter({ hasText: "WPA3" }).waitFor();
  assert.equal(await found("Guest").locator("button").count(), 0, "an open network is shown, and not joined");

  await join("Attic", "short");
  await page.locator('[data-testid="wifi-password"][aria-invalid]').waitFor();
  await part(page, "wifi-password").fill("battery staple");
  await part(page, "wifi-submit").click();
  await part(page, "wifi-state").filter({ hasText: "Attic, WPA2" }).waitFor();
  await part(page, "wifi-trial").filter({ hasText: "The change is kept." }).waitFor();
  await part(page, "wifi-known").filter({ hasText: "Attic" }).waitFor();

  await join("Cellar", "not the password");
  await part(page, "wifi-trial").filter({ hasText: "Cellar: the password is wrong." }).waitFor();
  await part(page, "wifi-state").filter({ hasText: "Attic, WPA2" }).waitFor();

  const view = await (await page.request.get("/api/v1/wifi")).text();
  const support = await (await page.request.get("/api/v1/support?redact=no")).text();
  assert.doesNotMatch(view + support, /battery staple|not the password/);

  await part(page, "wifi-forget").click();
  await part(page, "wifi-ask-yes").click();
  await part(page, "wifi-state").filter({ hasText: "no network is known" }).waitFor();
  await part(page, "wifi-trial").filter({ hasText: "The change is kept." }).waitFor();
  await part(page, "wifi-known").waitFor({ state: "detached" });
});

test("a network that hides is joined by its name, and the change can be undone", async () => {
  await settings(page, "wifi");
  await part(page, "wifi-hidden").click();
  await part(page, "wifi-name").fill("Hidden");
  await part(page, "wifi-password").fill("battery staple");
  await part(page, "wifi-join-country").fill("de");
  await part(page, "wifi-submit").click();
  await part(page, "wifi-state").filter({ hasText: "Hidden" }).waitFor();
  await part(page, "wifi-undo").click();
  await part(page, "wifi-state").filter({ hasText: "no network is known" }).waitFor();
});

test("a network of its own is switched on, says where the page is, and off again", async () => {
  await settings(page, "wifi");
  await part(page, "wifi-own-name").fill("Rack");
  await part(page, "wifi-own-on").click();
  await page.locator('[data-testid="wifi-own-password"][aria-invalid]').waitFor();
  await part(page, "wifi-own-password").fill("battery staple");
  await part(page, "wifi-own-on").click();
  await part(page, "wifi-state").filter({ hasText: "Its own, Rack, is in the air" }).waitFor();
  await part(page, "wifi-trial").filter({ hasText: "The change is kept." }).waitFor();
  await part(page, "wifi-own-where").filter({ hasText: "https://192.168.77.1/" }).waitFor();
  assert.ok(await part(page, "wifi-scan").isDisabled(), "looking around would take it away");
  const view = await (await page.request.get("/api/v1/wifi")).text();
  assert.doesNotMatch(view, /battery staple/);
  await part(page, "wifi-own-off").click();
  await part(page, "wifi-own-ask-yes").click();
  await part(page, "wifi-own-name").waitFor();
  await part(page, "wifi-trial").filter({ hasText: "The change is kept." }).waitFor();
});
