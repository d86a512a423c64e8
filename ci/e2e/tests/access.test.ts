// Who may in, as people see it: users and roles, the second factor, sessions that are ended elsewhere, API tokens, guest
// links, the password asked again. Against the simulator's real accounts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type Page, request } from "playwright-core";
import { closePage, openPage, PHONE } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { confirm, lease, live, logIn, part, settings, situation, USER } from "../src/operator.js";
import { STEP_MS, totp } from "../src/totp.js";

const OTHER_PASSWORD = "battery staple horse";
/** The promise: a session that is ended loses its picture within this. */
const ENDED_MS = 1000;

claimedForEachTest();

/** A page of somebody else. */
async function visit(user: string, password: string): Promise<Page> {
  const other = await openPage(browser, simulator.url);
  await logIn(other, user, password);
  return other;
}

/** Asked as the page would, with its session. */
async function post(who: Page, path: string, data: object) {
  return who.request.post(path, { data, headers: simulator.headers });
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
    assert.deepEqual([await part(page, "person-name").inputValue(), await part(page, "person-password").inputValue()], ["nobody", OTHER_PASSWORD]);
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

describe("the second factor", () => {
  test("is set up, asked for at login, and a recovery code works once in its place", async () => {
    await addUser("tom", "operator");
    const tom = await visit("tom", OTHER_PASSWORD);
    await live(tom);
    await settings(tom, "account");
    await part(tom, "second-begin").click();
    await part(tom, "qr").waitFor();
    const secret = await part(tom, "second-secret").inputValue();
    await part(tom, "second-code").fill("000000");
    await part(tom, "second-enable").click();
    await part(tom, "second-setup").getByText("This code is wrong").waitFor();
    const code = totp(secret, Date.now());
    await part(tom, "second-code").fill(code);
    await part(tom, "second-enable").click();
    const codes = (await part(tom, "second-codes-text").inputValue()).split("\n");
    assert.equal(codes.length, 10);
    const download = tom.waitForEvent("download");
    await part(tom, "second-codes-download").click();
    assert.ok(readFileSync((await (await download).path())!, "utf8").includes(codes[9]!));
    await part(tom, "second-codes-done").click();
    await tom.locator('[data-testid="second-factor"][data-on="true"]').waitFor();
    await closePage(tom);

    const again = await visit("tom", OTHER_PASSWORD);
    await part(again, "login-code").waitFor();
    assert.equal(await part(again, "login-code").getAttribute("autocomplete"), "one-time-code");
    assert.ok(await part(again, "login-code").evaluate((field) => field === document.activeElement), "typing may begin");
    await part(again, "login-code").fill(code);
    await part(again, "login-submit").click();
    await part(again, "login-error").filter({ hasText: "used already" }).waitFor();
    // The code of the next step, which a clock that is a little ahead would show.
    await part(again, "login-code").fill(totp(secret, Date.now() + STEP_MS));
    await part(again, "login-submit").click();
    await live(again);
    await closePage(again);

    for (const works of [true, false]) {
      const lost = await visit("tom", OTHER_PASSWORD);
      await part(lost, "login-recovery").click();
      await part(lost, "login-code").fill(codes[0]!);
      await part(lost, "login-submit").click();
      if (works) await live(lost);
      else await part(lost, "login-error").filter({ hasText: "wrong" }).waitFor();
      await closePage(lost);
    }
  });
});

describe("API tokens", () => {
  test("one is created, shown once, works for a program, and is refused when it is revoked", async () => {
    await settings(page, "tokens");
    await part(page, "tokens-create").click();
    await part(page, "token-label").fill("backup");
    await part(page, "token-submit").click();
    const token = await part(page, "token-text").inputValue();
    assert.match(token, /^fst_/);
    assert.ok((await part(page, "token-example").inputValue()).includes(`Bearer ${token}`));
    await part(page, "token-done").click();
    assert.equal(await page.getByText(token).count(), 0, "never shown again");
    const program = await request.newContext({ baseURL: simulator.url, ignoreHTTPSErrors: true, extraHTTPHeaders: { Authorization: `Bearer ${token}` } });
    assert.equal((await program.get("/api/v1/status")).status(), 200);
    assert.equal((await program.get("/api/v1/users")).status(), 403, "its role is viewer");
    await entry(page, "token", "backup").getByTestId("token-revoke").click();
    await part(page, "tokens-ask-yes").click();
    await entry(page, "token", "backup").waitFor({ state: "detached" });
    assert.equal((await program.get("/api/v1/status")).status(), 401);
    await program.dispose();
  });
});

describe("guest links", () => {
  test("one lets a guest in without an account, and revoked it sends him away and opens no more", async () => {
    await settings(page, "guests");
    await part(page, "guests-create").click();
    await part(page, "guest-label").fill("Technician");
    await part(page, "guest-submit").click();
    const link = await part(page, "guest-link").inputValue();
    await part(page, "guest-done").click();

    const guest = await openPage(browser, link, { viewport: PHONE, hasTouch: true, isMobile: true });
    await live(guest);
    assert.equal(new URL(guest.url()).hash, "", "the token does not stay in the address");
    await situation(guest, "viewer");
    await settings(guest, "account");
    await guest.getByText("You came by a guest link").waitFor();
    assert.equal(await part(guest, "password-open").count(), 0);
    await entry(page, "guest", "Technician").filter({ hasText: "1 guest is here" }).waitFor();

    await entry(page, "guest", "Technician").getByTestId("guest-revoke").click();
    const startedMs = Date.now();
    await part(page, "guests-ask-yes").click();
    await part(guest, "expired").waitFor();
    const tookMs = Date.now() - startedMs;
    assert.ok(tookMs < ENDED_MS, `${tookMs} ms`);
    await closePage(guest);

    const late = await openPage(browser, link);
    await part(late, "link-text").filter({ hasText: "over, or it was revoked" }).waitFor();
    await part(late, "link-login").click();
    await part(late, "login").waitFor();
    await closePage(late);
  });
});
