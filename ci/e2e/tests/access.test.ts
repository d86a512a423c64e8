// Who may in, as people see it: users and roles, the second factor, sessions that are ended elsewhere, API tokens, guest
// links, the password asked again, the certificate and the audit log. Against the simulator's real accounts.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { claim, confirm, lease, live, logIn, part, settings, situation, USER } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

const OTHER_PASSWORD = "battery staple horse";
/** The promise: a session that is ended loses its picture within this. */
const ENDED_MS = 1000;

let simulator: Simulator;
let browser: Browser;
let page: Page;

before(async () => {
  simulator = await Simulator.start();
  browser = await openBrowser();
  const owner = await openPage(browser, simulator.url);
  await claim(owner);
  await closePage(owner);
});
after(async () => {
  await browser.close();
  await simulator.stop();
});
beforeEach(async () => {
  page = await openPage(browser, simulator.url);
  await logIn(page);
  await live(page);
});
afterEach(async () => closePage(page));

/** A page of somebody else. */
async function visit(user: string, password: string): Promise<Page> {
  const other = await openPage(browser, simulator.url);
  await logIn(other, user, password);
  return other;
}

/** Asked as the page would, with its session. */
async function post(who: Page, path: string, data: object) {
  return who.request.post(path, { data, headers: { Origin: new URL(simulator.url).origin } });
}

async function addUser(name: string, role: "viewer" | "operator" | "admin"): Promise<void> {
  const answer = await post(page, "/api/v1/users/add", { name, role, password: OTHER_PASSWORD });
  assert.equal(answer.status(), 204, await answer.text());
}

function entry(who: Page, testId: string, name: string) {
  return who.locator(`[data-testid="${testId}"][data-name="${name}"]`);
}

describe("people", () => {
  test("somebody is added, logs in as a viewer, and is offered nothing that a viewer may not do", async () => {
    await settings(page, "people");
    await part(page, "people-add").click();
    await part(page, "person-name").fill("vera");
    await part(page, "person-role-viewer").check();
    await part(page, "person-password").fill(OTHER_PASSWORD);
    await part(page, "person-submit").click();
    await entry(page, "person", "vera").waitFor();

    const vera = await visit("vera", OTHER_PASSWORD);
    await live(vera);
    await situation(vera, "viewer");
    assert.equal(await part(vera, "bar-keys").count(), 0);
    await part(vera, "situation-hide").click();
    await situation(vera, "none");
    await lease(vera, "viewer");
    await settings(vera, "account");
    for (const section of ["network", "update", "people", "guests", "certificate", "audit"] as const) {
      assert.equal(await part(vera, `settings-to-${section}`).count(), 0, section);
    }
    assert.equal((await vera.request.get("/api/v1/users")).status(), 403);
    await closePage(vera);
  });

  test("a viewer's keys stay in the browser", async () => {
    await addUser("tab", "viewer");
    const tab = await visit("tab", OTHER_PASSWORD);
    await live(tab);
    await part(tab, "stage").focus();
    await tab.keyboard.press("Tab");
    assert.equal(await part(tab, "stage").evaluate((stage) => stage === document.activeElement), false);
    await closePage(tab);
  });

  test("a new role ends the old sessions, and the next login has it", async () => {
    await addUser("otto", "viewer");
    const otto = await visit("otto", OTHER_PASSWORD);
    await live(otto);
    await settings(page, "people");
    await entry(page, "person", "otto").getByTestId("person-change").click();
    await part(page, "person-role-operator").check();
    await part(page, "person-submit").click();
    await part(otto, "expired").waitFor();
    await part(otto, "login-password").fill(OTHER_PASSWORD);
    await part(otto, "login-submit").click();
    await part(otto, "bar-keys").waitFor();
    await closePage(otto);
  });

  test("the last administrator stays one", async () => {
    await settings(page, "people");
    await entry(page, "person", USER).getByTestId("person-change").click();
    await part(page, "person-last").waitFor();
    assert.equal(await part(page, "person-remove").count(), 0);
    const answer = await post(page, "/api/v1/users/change", { name: USER, role: "viewer" });
    assert.deepEqual([answer.status(), (await answer.json()).error.code], [409, "last_admin"]);
  });

  test("somebody is removed after a question, and is out at once", async () => {
    await addUser("rose", "operator");
    const rose = await visit("rose", OTHER_PASSWORD);
    await live(rose);
    await settings(page, "people");
    await entry(page, "person", "rose").getByTestId("person-change").click();
    await part(page, "person-remove").click();
    await part(page, "person-ask-yes").click();
    await entry(page, "person", "rose").waitFor({ state: "detached" });
    await part(rose, "expired").waitFor();
    await part(rose, "login-password").fill(OTHER_PASSWORD);
    await part(rose, "login-submit").click();
    await part(rose, "login-error").filter({ hasText: "wrong" }).waitFor();
    await closePage(rose);
  });
});

describe("the password asked again", () => {
  test("lets the action go on by itself, and a wrong one says so", async () => {
    // A login counts as proof for ten minutes, which no test waits for: the first answer is made up, all else is real.
    const refusal = { status: 403, json: { error: { code: "confirm", message: "again" } } };
    await page.route("**/api/v1/users/add", (route) => route.fulfill(refusal), { times: 1 });
    await settings(page, "people");
    await part(page, "people-add").click();
    await part(page, "person-name").fill("cora");
    await part(page, "person-password").fill(OTHER_PASSWORD);
    await part(page, "person-submit").click();
    await part(page, "confirm-password").fill("not this one");
    await part(page, "confirm-submit").click();
    await part(page, "confirm-error").filter({ hasText: "wrong" }).waitFor();
    await confirm(page);
    await entry(page, "person", "cora").waitFor();
  });

  test("that is left does nothing", async () => {
    await page.route("**/api/v1/users/add", (route) => route.fulfill({ status: 403, json: { error: { code: "confirm", message: "again" } } }));
    await settings(page, "people");
    await part(page, "people-add").click();
    await part(page, "person-name").fill("nobody");
    await part(page, "person-password").fill(OTHER_PASSWORD);
    await part(page, "person-submit").click();
    await part(page, "confirm-cancel").click();
    await part(page, "confirm").waitFor({ state: "detached" });
    assert.equal(await part(page, "person-add").count(), 1, "the dialog is still there");
    assert.equal(await part(page, "person-error").innerText(), "");
    assert.equal(await entry(page, "person", "nobody").count(), 0);
  });
});

describe("sessions", () => {
  test("one that is ended elsewhere loses its picture within a second and asks for the login; no other does", async () => {
    await addUser("sid", "operator");
    const [here, there] = [await visit("sid", OTHER_PASSWORD), await visit("sid", OTHER_PASSWORD)];
    await live(here);
    await live(there);
    await settings(here, "account");
    await part(here, "session").nth(1).waitFor();
    const startedMs = Date.now();
    await part(here, "session-end").click();
    await part(there, "expired").waitFor();
    const tookMs = Date.now() - startedMs;
    assert.ok(tookMs < ENDED_MS, `${tookMs} ms`);
    assert.match(await part(there, "expired").innerText(), /ended from elsewhere/);
    await part(here, "session-end").waitFor({ state: "detached" });
    assert.equal(await part(here, "expired").count(), 0);
    await part(there, "login-password").fill(OTHER_PASSWORD);
    await part(there, "login-submit").click();
    await live(there);
    await closePage(here);
    await closePage(there);
  });

  test("a new password ends the others and leaves this one its picture", async () => {
    await addUser("pat", "operator");
    const there = await visit("pat", OTHER_PASSWORD);
    const here = await openPage(browser, simulator.url);
    const cut: string[] = [];
    here.on("websocket", (socket) => socket.on("close", () => cut.push(socket.url())));
    await logIn(here, "pat", OTHER_PASSWORD);
    await live(here);
    await live(there);
    await settings(here, "account");
    await part(here, "password-open").click();
    await part(here, "password-old").fill("not this one");
    await part(here, "password-new").fill(`${OTHER_PASSWORD} 2`);
    await part(here, "password-again").fill(`${OTHER_PASSWORD} 2`);
    await part(here, "password-submit").click();
    await part(here, "password-error").filter({ hasText: "wrong" }).waitFor();
    await part(here, "password-old").fill(OTHER_PASSWORD);
    await part(here, "password-submit").click();
    await part(here, "password-changed").filter({ hasText: "changed" }).waitFor();
    await part(there, "expired").waitFor();
    assert.deepEqual(cut, [], "its picture and its keyboard go on");
    await closePage(here);
    await closePage(there);
  });
});
