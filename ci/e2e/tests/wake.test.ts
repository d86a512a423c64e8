// Wake-on-LAN: an admin keeps the list, an operator wakes what is on it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { closePage, openPage } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { live, logIn, part, PASSWORD, settings } from "../src/operator.js";

claimedForEachTest();

async function fill(fields: { readonly [name: string]: string }): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await part(page, `wake-${name}`).fill(value);
  await part(page, "wake-submit").click();
}

test("a machine is put on the list, woken, edited and removed", async () => {
  await settings(page, "wake");
  await part(page, "wake-add").click();
  await fill({ name: "nas", mac: "02-00-5E-10-00" });
  await page.locator('[data-testid="wake-mac"][aria-invalid]').waitFor();
  await fill({ mac: "02-00-5E-10-00-01" });
  const machine = page.locator('[data-testid="wake-machine"][data-name="nas"]');
  await machine.filter({ hasText: "02:00:5e:10:00:01" }).waitFor();

  await part(page, "wake-send").click();
  await part(page, "wake-sent").filter({ hasText: "The packet for nas went to 192.0.2.255:9." }).waitFor();

  await part(page, "wake-edit").click();
  await fill({ name: "storage", broadcast: "198.51.100.255", port: "7" });
  await page.locator('[data-testid="wake-machine"][data-name="storage"]').filter({ hasText: "198.51.100.255:7" }).waitFor();
  assert.equal(await machine.count(), 0);
  await part(page, "wake-send").click();
  await part(page, "wake-sent").filter({ hasText: "198.51.100.255:7" }).waitFor();

  await part(page, "wake-remove").click();
  await part(page, "wake-ask-yes").click();
  await part(page, "wake-machine").waitFor({ state: "detached" });
  const log = await (await page.request.get("/api/v1/audit")).text();
  assert.match(log, /"what":"machine_woken","who":"admin","address":"127.0.0.1","detail":"storage"/);
});

test("an operator wakes what is on the list and cannot change it", async () => {
  await settings(page, "wake");
  await part(page, "wake-add").click();
  await fill({ name: "nas", mac: "02:00:5e:10:00:01" });
  await part(page, "wake-machine").waitFor();
  const user = { name: "ole", role: "operator", password: PASSWORD };
  assert.equal((await page.request.post("/api/v1/users/add", { data: user, headers: simulator.headers })).status(), 204);
  const second = await openPage(browser, simulator.url);
  await logIn(second, "ole");
  await live(second);
  await settings(second, "wake");
  await part(second, "wake-send").click();
  await part(second, "wake-sent").filter({ hasText: "went to" }).waitFor();
  assert.equal(await part(second, "wake-add").count(), 0);
  assert.equal(await part(second, "wake-edit").count(), 0);
  const list = { machines: [] };
  assert.equal((await second.request.put("/api/v1/wake", { data: list, headers: simulator.headers })).status(), 403);
  await closePage(second);
});
