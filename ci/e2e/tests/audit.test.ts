// The audit log as an administrator reads it, against the simulator's real one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { closePage, openPage } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { logIn, part, PASSWORD, settings } from "../src/operator.js";

claimedForEachTest();

test("the audit log tells who did what, is searched, and is exported with its chain", async () => {
  const stranger = await openPage(browser, simulator.url);
  await logIn(stranger, "mallory", "let me in please");
  await part(stranger, "login-error").filter({ hasText: "wrong" }).waitFor();
  await closePage(stranger);
  await settings(page, "audit");
  await page.locator('[data-testid="audit-entry"][data-what="login_refused"]').first().waitFor();
  await page.locator('[data-testid="audit-entry"][data-what="login"]').first().waitFor();
  assert.equal(await part(page, "audit-broken").count(), 0);
  await part(page, "audit-filter").fill("refused");
  await page.locator('[data-testid="audit-entry"]:not([data-what="login_refused"])').first().waitFor({ state: "detached" });
  const exported = await page.request.get("/api/v1/audit.jsonl");
  assert.equal(exported.status(), 200);
  const text = await exported.text();
  assert.ok(text.trim().split("\n").every((line) => typeof JSON.parse(line) === "object"));
  assert.ok(!text.includes(PASSWORD) && !text.includes("let me in please"), "no password in it");
});
