// Updates as an operator sees them, against the simulator's card with its two slots: real bundles, real signatures, the real
// keeper of the slots. The system that serves is never replaced there; the lab and `ci/test update` do that.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Browser, CDPSession, Page, Request } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { Bundles } from "../src/bundles.js";
import { Cable } from "../src/cable.js";
import { claim, live, logIn, part, settings, situation, updateState } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

interface Slot {
  readonly status: string;
  readonly version: string | null;
}
interface Update {
  readonly running: "a" | "b";
  readonly primary: "a" | "b";
  readonly slots: { readonly a: Slot; readonly b: Slot };
  readonly job: { readonly id: number; readonly stage: string } | null;
}

/** From the order to the trial's end. */
const TRIAL_MS = 60_000;
const NOTES = "Whoever reads this knows what is new.";

let simulator: Simulator;
let browser: Browser;
let page: Page;
/** To the browser's network. */
let wire: CDPSession;
let cable: Cable;
const bundles = new Bundles();

before(async () => {
  simulator = await Simulator.start();
  cable = await Cable.to(simulator.url);
  browser = await openBrowser();
  const owner = await openPage(browser, simulator.url);
  await claim(owner);
  await closePage(owner);
});
after(async () => {
  await browser.close();
  cable.close();
  await simulator.stop();
});
beforeEach(async () => open(simulator.url));
// Whatever a test left under way, the next one begins with nothing.
afterEach(async () => {
  await page.request.post("/api/v1/update/cancel", { headers: { Origin: new URL(page.url()).origin } });
  await closePage(page);
});

/** The Update page of the appliance that is found there. */
async function open(url: string): Promise<void> {
  page = await openPage(browser, url);
  await logIn(page);
  await live(page);
  await settings(page, "update");
  await part(page, "slot-a").waitFor();
  wire = await page.context().newCDPSession(page);
  await wire.send("Network.enable");
}

async function update(): Promise<Update> {
  return (await page.request.get("/api/v1/update")).json() as Promise<Update>;
}

const other = (slot: "a" | "b") => (slot === "a" ? "b" : "a");

async function choose(bundle: string): Promise<void> {
  await part(page, "update-file").setInputFiles(bundle);
}

/** Chooses the file and has it installed. */
async function install(bundle: string, restart: "yes" | "no" = "no"): Promise<void> {
  await choose(bundle);
  await part(page, `update-restart-file-${restart}`).check();
  await part(page, "update-install").click();
}

/** Until the update is over, one way or the other. */
async function ends(state: string): Promise<void> {
  await updateState(page, state, TRIAL_MS);
}

/** So many bytes a second go out from now on; -1: as many as go. */
async function throttle(uploadThroughput: number): Promise<void> {
  await wire.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
}

function puts(): Request[] {
  const found: Request[] = [];
  page.on("request", (request) => {
    if (request.method() === "PUT" && request.url().includes("/api/v1/update/bundle")) found.push(request);
  });
  return found;
}

/** Until some of the file has been written. */
async function isBeingWritten(): Promise<void> {
  await updateState(page, "transferring");
  await page.waitForFunction(() => {
    const written = document.querySelector<HTMLProgressElement>('[data-label="update.bar.written"] progress');
    return written !== null && written.max > 1 && written.value > 0;
  });
}

describe("a bundle that is refused", () => {
  async function refused(bundle: string, code: string): Promise<void> {
    const before = await update();
    await install(bundle);
    await ends("failed");
    assert.equal(await part(page, "update-reason").getAttribute("data-code"), code);
    assert.notEqual(await part(page, "update-next").innerText(), "");
    assert.match(await part(page, "update-panel").innerText(), /runs as before/);
    const { slots } = await update();
    assert.deepEqual(slots, before.slots, "nothing was written");
    await part(page, "update-close").click();
    await updateState(page, "none");
  }

  test("was changed after it was signed", async () => {
    await refused(bundles.forged(bundles.make("3.0.0"), "3.0.0", "9.0.0"), "wrong_signature");
  });

  test("is signed with a stranger's key", async () => {
    await refused(bundles.make("3.0.1", "", bundles.strangersKey()), "unknown_key");
  });

  test("is none at all", async () => {
    await refused("package-lock.json", "malformed");
  });
});

describe("an upload", () => {
  test("is canceled, and what runs is what ran", async () => {
    const before = await update();
    await throttle(300_000);
    await install(bundles.make("3.1.0"));
    await isBeingWritten();
    await part(page, "update-cancel").click();
    await ends("canceled");
    const { running, primary, job } = await update();
    assert.deepEqual([running, primary, job?.stage], [before.running, before.running, "canceled"]);
    await throttle(-1);
    await part(page, "update-retry").click();
    await ends("installed");
  });

  test("whose connection breaks goes on by itself where it was", async () => {
    await closePage(page);
    await open(cable.url);
    const sent = puts();
    await throttle(300_000);
    await install(bundles.make("3.2.0"));
    await isBeingWritten();
    cable.pull();
    await part(page, "update-silent").waitFor();
    await throttle(-1);
    cable.plug();
    await ends("installed");
    assert.match(sent.at(-1)!.headers()["content-range"] ?? "", /^bytes [1-9]\d*-\d+\/\d+$/);
    const { slots, running } = await update();
    assert.equal(slots[other(running)].version, "3.2.0");
  });

  test("whose page was loaded anew waits for the same file, and takes no other", async () => {
    const bundle = bundles.make("3.3.0");
    await throttle(300_000);
    await install(bundle);
    await isBeingWritten();
    await page.reload();
    await throttle(-1);
    await part(page, "update-ask-file").waitFor();
    await choose("package-lock.json");
    await page.locator('[data-testid="update-ask-file"]', { hasText: "not the file" }).waitFor();
    const sent = puts();
    await choose(bundle);
    await ends("installed");
    assert.match(sent[0]!.headers()["content-range"] ?? "", /^bytes [1-9]/);
  });

  test("goes on when Settings is closed", async () => {
    await throttle(600_000);
    await install(bundles.make("3.4.0"));
    await isBeingWritten();
    await part(page, "settings-close").click();
    await situation(page, "none");
    await page.waitForFunction(async () => {
      const { job } = (await (await fetch("/api/v1/update")).json()) as { job: { stage: string } };
      return job.stage === "installed";
    });
    await settings(page, "update");
    await ends("installed");
  });
});

describe("an update", () => {
  test("is signed, installed beside what runs, tried once and confirmed; then the way back is open", async () => {
    const from = (await update()).running;
    const to = other(from);
    await install(bundles.make("4.0.0", NOTES), "yes");
    await part(page, "update-signed").waitFor();
    assert.match(await part(page, "update-signed").innerText(), /Signed with key 26154CAF55052246/);
    await part(page, "update-notes").locator("summary").click();
    assert.match(await part(page, "update-notes").innerText(), new RegExp(NOTES));
    await updateState(page, "trial", TRIAL_MS);
    assert.equal(await part(page, `slot-${to}-word`).innerText(), "On trial");
    assert.equal(await part(page, "update-start").count(), 0, "a trial is not disturbed");
    await ends("confirmed");
    assert.match(await part(page, "update-panel").innerText(), /4\.0\.0 is confirmed/);
    assert.deepEqual([(await update()).running, (await update()).primary], [to, to]);

    await page.reload();
    await updateState(page, "confirmed");
    await part(page, "update-close").click();
    await page.reload();
    await part(page, "slot-b").waitFor();
    await updateState(page, "none");

    await part(page, "update-start").click();
    assert.match(await part(page, "update-ask").innerText(), /Restart into .* on trial/s);
    await part(page, "update-ask-stay").click();
    assert.equal((await update()).running, to, "asked, and answered no");
    assert.match(await part(page, "update-start").innerText(), /^Go back to /);
    await part(page, "update-start").click();
    await part(page, "update-ask-go").click();
    assert.equal(await part(page, "update-step-opening").count(), 0, "nothing is installed");
    await ends("confirmed");
    assert.deepEqual([(await update()).running, (await update()).slots[to].status], [from, "good"]);
  });

  test("that is no good is taken back, and the page says why until that is read", async () => {
    const to = other((await update()).running);
    await install(bundles.make("4.1.0-bad"), "yes");
    await ends("back");
    assert.match(await part(page, "update-reason").innerText(), /On trial its page did not answer\./);
    assert.equal(await part(page, `slot-${to}-word`).innerText(), "Failed");
    await page.reload();
    await page.locator('[data-testid="notices"][data-id="wentBack"]').waitFor({ state: "attached" });
    await updateState(page, "back");
    await part(page, "update-close").click();
    assert.equal(await part(page, "update-start").innerText(), "Try 4.1.0-bad again");
    await part(page, "update-start").click();
    await part(page, "update-ask-go").click();
    await updateState(page, "trial", TRIAL_MS);
    await ends("back");
  });

  test("that waits for its owner is started when he says so, and a power cut in its trial brings the old one back", async () => {
    const from = (await update()).running;
    await install(bundles.make("4.2.0"));
    await ends("installed");
    assert.equal((await update()).running, from);
    await part(page, "update-start").click();
    await part(page, "update-ask-go").click();
    await updateState(page, "trial", TRIAL_MS);
    await simulator.stop();
    await part(page, "update-silent").waitFor();
    await simulator.startAgain();
    // A simulator that starts has forgotten who was logged in.
    await logIn(page);
    await ends("back");
    assert.match(await part(page, "update-reason").innerText(), /ended without a word/);
    assert.equal((await update()).running, from);
  });
});

describe("by keyboard alone", () => {
  test("a file is chosen and installed, and a step back is asked before it is taken", async () => {
    const bundle = bundles.make("5.0.0");
    // Somebody who listens keeps the browser from opening a window of the system; it takes a moment until it knows.
    const chooser = page.waitForEvent("filechooser");
    await part(page, "update-file").waitFor();
    await part(page, "update-file").focus();
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(bundle);
    await part(page, "update-chosen").waitFor();
    await part(page, "update-restart-file-yes").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await ends("installed");
    await part(page, "update-start").focus();
    await page.keyboard.press("Enter");
    assert.ok(await part(page, "update-ask-stay").evaluate((button) => button === document.activeElement), "the harmless answer is at hand");
    await page.keyboard.press("Escape");
    await part(page, "update-ask").waitFor({ state: "detached" });
    assert.equal(await part(page, "settings-update").count(), 1, "Escape closed one dialog, not both");
  });
});
