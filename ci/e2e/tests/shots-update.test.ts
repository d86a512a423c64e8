// A picture of every state of an update; axe has nothing to say about any of them. What the appliance says is made up here,
// so that states which take minutes or a broken release are there at once. How they really come about: update.test.ts.

import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { LOOKS, optionsOf, shoot as shootAs } from "../src/looks.js";
import { claim, live, part, settings, updateState } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

const A = { status: "good", reason: null, version: "1.1.0", rollback_index: 0, created: 1_759_276_800 };
const B = { ...A, version: "1.2.3", created: 1_767_225_600 };
const CHANNEL = { url: null, check: "daily", auto: false, window: "02:00-04:00", checked: null, latest: null, error: null };
const NOTES = "A paste dialog that shows what it cannot type.\nKeys held in full screen are released when the window loses the focus.\n\nFixes: the clock's offset after a long sleep.";
const QUIET = {
  available: true,
  unavailable: null,
  running: "a",
  primary: "a",
  trial: false,
  trial_left_s: null,
  floor: 0,
  slots: { a: A, b: A },
  job: null as object | null,
  channel: CHANNEL,
};
const JOB = {
  id: 7,
  source: "upload",
  stage: "opening",
  version: "1.2.3",
  notes: NOTES,
  key: "26154CAF55052246",
  created: B.created,
  done: 0,
  of: 0,
  fetched: 0,
  size: 13_900_000,
  resume_at: null,
  restart: true,
  error: null,
};
const OFFER = { version: "1.2.3", notes: NOTES, created: B.created, size: 13_900_000, newer: true };
const writing = { a: A, b: { ...B, status: "writing" } };
const bad = { a: A, b: { ...B, status: "bad", reason: "its trial ended without a word" } };

for (const look of LOOKS) {
  describe(`Update: ${look.device}, ${look.colorScheme}`, () => {
    let simulator: Simulator;
    let browser: Browser;
    let page: Page;
    /** What the appliance says of its updates; `null` = it is silent. */
    let says: object | null = QUIET;
    const shoot = async (name: string) => shootAs(page, look, `update-${name}`);

    /** From now on the appliance says this. */
    async function now(state: string, more: object | null): Promise<void> {
      says = more && { ...QUIET, ...more };
      await updateState(page, state);
    }

    before(async () => {
      simulator = await Simulator.start();
      browser = await openBrowser();
      page = await openPage(browser, simulator.url, optionsOf(look));
      await claim(page);
      await page.route("**/api/v1/update", (route) => (says ? route.fulfill({ json: says }) : route.abort()));
      await page.route("**/api/v1/update/*", (route) => route.fulfill({ status: 202 }));
    });
    after(async () => {
      await closePage(page);
      await browser.close();
      await simulator.stop();
    });

    test("before anything", async () => {
      await settings(page, "update");
      await part(page, "slot-a").waitFor();
      await shoot("quiet");
      await part(page, "update-file").setInputFiles({ name: "farseat-1.2.3.farseat", mimeType: "", buffer: Buffer.alloc(1_390_000) });
      await part(page, "update-what").evaluate((fold) => ((fold as HTMLDetailsElement).open = true));
      await part(page, "update-install").scrollIntoViewIfNeeded();
      await shoot("chosen");
      await part(page, "update-forget").click();
      await part(page, "update-what").evaluate((fold) => ((fold as HTMLDetailsElement).open = false));
      says = { ...QUIET, channel: { ...CHANNEL, url: "https://updates.example.org/farseat/stable.json", checked: 1_767_300_000, latest: OFFER } };
      await part(page, "update-latest").scrollIntoViewIfNeeded();
      await shoot("channel");
    });

    test("an installation", async () => {
      await now("opening", { job: { ...JOB, version: null, key: null, created: null, notes: "", size: null } });
      await part(page, "update-panel").scrollIntoViewIfNeeded();
      await shoot("opening");
      await now("preparing", { job: { ...JOB, stage: "preparing", done: 210, of: 700 }, slots: writing });
      await shoot("preparing");
      await now("transferring", { job: { ...JOB, stage: "transferring", done: 434, of: 700, fetched: 4_100_000 }, slots: writing });
      await shoot("transferring");
      says = { ...QUIET, job: { ...JOB, stage: "transferring", done: 434, of: 700, fetched: 4_100_000, resume_at: 4_100_000 }, slots: writing };
      await part(page, "update-ask-file").waitFor();
      await shoot("ask-file");
      await now("verifying", { job: { ...JOB, stage: "verifying", done: 300, of: 700 }, slots: writing });
      await shoot("verifying");
      await now("leaving", { job: { ...JOB, stage: "installed" }, slots: { a: A, b: { ...B, status: "trial" } } });
      await shoot("leaving");
      await now("away", null);
      await shoot("away");
      await now("trial", { running: "b", trial: true, slots: { a: A, b: { ...B, status: "trial" } } });
      await shoot("trial");
      await now("confirmed", { running: "b", primary: "b", slots: { a: A, b: B } });
      await shoot("confirmed");
      await part(page, "update-close").click();
      await part(page, "update-start").click();
      await part(page, "update-ask").waitFor();
      await shoot("ask");
      await part(page, "update-ask-stay").click();
    });

    test("what went wrong", async () => {
      const error = {
        code: "wrong_signature",
        message: "the bundle was changed after it was signed",
        next: "Fetch the bundle again from where releases are published, and do not install this one.",
      };
      await now("failed", { job: { ...JOB, id: 8, stage: "failed", version: null, key: null, notes: "", error } });
      await shoot("failed");
      await part(page, "update-close").click();
      await now("installed", { job: { ...JOB, id: 9, stage: "installed", restart: false }, slots: { a: A, b: { ...B, status: "installed" } } });
      await shoot("installed");
      await now("transferring", { job: { ...JOB, id: 10, stage: "transferring", done: 9, of: 700, fetched: 100_000, source: "url" }, slots: writing });
      await now("lost", { slots: writing });
      await shoot("lost");
      await now("trial", { running: "b", trial: true, slots: { a: A, b: { ...B, status: "trial" } } });
      await now("back", { slots: bad });
      await shoot("back");
      await part(page, "settings-close").click();
      await page.reload();
      await part(page, "notices-show").waitFor();
      await live(page);
      await shoot("notice");
      await part(page, "notices-show").click();
      await updateState(page, "back");
      await part(page, "update-close").click();
      says = { ...QUIET, available: false, unavailable: "this appliance has no card with two slots, so it cannot be updated in place" };
      await part(page, "update-unavailable").waitFor();
      await shoot("unavailable");
    });
  });
}
