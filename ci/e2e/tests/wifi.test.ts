// Wi-Fi on the simulator's drawn radio: networks near, one that hides, a wrong password.

import assert from "node:assert/strict";
import { test } from "node:test";
import { claimedForEachTest, page } from "../src/claimed.js";
import { eventually, part, settings } from "../src/operator.js";

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

test("who comes over Wi-Fi is warned, and asked with that warning before a network is forgotten", async () => {
  const attic = { ssid: "Attic", ssid_hex: "4174746963", security: "wpa2", hidden: false };
  await page.route("**/api/v1/wifi", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), in_use: true, known: [attic] } });
  });
  await settings(page, "wifi");
  await part(page, "wifi-in-use").filter({ hasText: "You reach the device over Wi-Fi now." }).waitFor();
  await part(page, "wifi-forget").click();
  await part(page, "wifi-ask").filter({ hasText: "You reach the device over Wi-Fi now." }).waitFor();
  await part(page, "wifi-ask-no").click();
  await page.unroute("**/api/v1/wifi");
  await part(page, "wifi-in-use").waitFor({ state: "detached" });
});

test("a country is applied, and taken away again; what is none is told at its field", async () => {
  const country = async () => ((await (await page.request.get("/api/v1/wifi")).json()) as { country: string | null }).country;
  const apply = async (text: string) => {
    await part(page, "wifi-country").fill(text);
    await part(page, "wifi-country-apply").click();
  };
  await settings(page, "wifi");
  await apply("d");
  await page.locator('[data-testid="wifi-country"][aria-invalid]').waitFor();
  await apply("de");
  await part(page, "wifi-trial").filter({ hasText: "The change is kept." }).waitFor();
  assert.equal(await country(), "DE");
  assert.equal(await part(page, "wifi-country").inputValue(), "DE");
  await apply("");
  await eventually(page, async () => (await country()) === null);
  await part(page, "wifi-trial").filter({ hasText: "The change is kept." }).waitFor();
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
