// Restart and shut down: what it interrupts is said before, everybody hears it, and the page comes back by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { closePage, openPage } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { live, logIn, part, settings, situation } from "../src/operator.js";

claimedForEachTest();

const ended = (state: string) => page.locator(`[data-testid="power-state"][data-state="${state}"]`);

test("a restart says what it interrupts, everybody hears it, and the page comes back by itself", async () => {
  const second = await openPage(browser, simulator.url);
  await logIn(second);
  await live(second);
  await settings(page, "power");
  await part(page, "power-restart").click();
  assert.match(await part(page, "power-losses").innerText(), /One other page/);
  await part(page, "power-no").click();
  await part(page, "power-ask").waitFor({ state: "detached" });

  await part(page, "power-restart").click();
  await part(page, "power-yes").click();
  await simulator.ended();
  await ended("away").waitFor();
  await situation(second, "restarting");
  assert.match(await part(page, "power-seconds").innerText(), /^\d+ s$/);
  await simulator.startAgain();
  await part(page, "login-username").waitFor();
  await logIn(page);
  await live(page);
  const log = await (await page.request.get("/api/v1/audit")).text();
  assert.match(log, /"what":"power","who":"admin","address":"127.0.0.1","detail":"restart"/);
  await closePage(second);
});

test("a shutdown says that power has to be taken away and given again, here and to the others", async () => {
  const second = await openPage(browser, simulator.url);
  await logIn(second);
  await live(second);
  await settings(page, "power");
  await part(page, "power-off").click();
  await part(page, "power-yes").click();
  await simulator.ended();
  await ended("away").waitFor();
  assert.match(await ended("away").innerText(), /take the power away and give it again/);
  await situation(second, "switchedOff");
  await simulator.startAgain();
  await part(page, "login-username").waitFor();
  await closePage(second);
});

test("one that cannot be ordered says why, and nothing ends", async () => {
  const refusal = { status: 409, json: { error: { code: "busy", message: "the appliance is restarting or shutting down already" } } };
  await page.route("**/api/v1/power", (route) => (route.request().method() === "POST" ? route.fulfill(refusal) : route.fallback()));
  await settings(page, "power");
  await part(page, "power-restart").click();
  await part(page, "power-yes").click();
  await part(page, "power-error").filter({ hasText: "already" }).waitFor();
  await live(page);
});
