// A picture of every screen and state, in both colour schemes, on a desktop and on a phone; axe has nothing to say
// about any of them. The pictures are for people: look at them before calling a screen done.

import { after, afterEach, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { LOOKS, optionsOf, shoot as shootAs } from "../src/looks.js";
import { claim, live, logIn, part, situation } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

for (const look of LOOKS) {
  describe(`${look.device}, ${look.colorScheme}`, () => {
    let simulator: Simulator;
    let browser: Browser;
    const options = optionsOf(look);
    const shoot = async (page: Page, name: string) => shootAs(page, look, name);

    before(async () => {
      simulator = await Simulator.start();
      browser = await openBrowser();
    });
    after(async () => {
      await browser.close();
      await simulator.stop();
    });

    // A test that failed leaves its pages open, and they would hold the keyboard.
    afterEach(async () => {
      for (const context of browser.contexts()) await context.close();
    });

    async function pretend(page: Page, state: object): Promise<void> {
      const answer = { name: "farseat", version: "0.0.0", claim: "done", user: null, ...state };
      await page.route("**/api/v1/state", (route) => route.fulfill({ json: answer }));
      await page.reload();
    }

    test("claim, its mistakes, its closed window, and the certificate", async () => {
      const page = await openPage(browser, simulator.url, options);
      await part(page, "claim").waitFor();
      await shoot(page, "claim");
      await part(page, "claim-password").fill("short");
      await part(page, "claim-repeat").fill("other");
      await part(page, "claim-submit").click();
      await shoot(page, "claim-mistakes");
      await pretend(page, { claim: "closed" });
      await part(page, "claim-closed").waitFor();
      await shoot(page, "claim-closed");
      await page.unrouteAll();
      await page.reload();
      await page.route("**/api/v1/state", async (route) => route.continue());
      await part(page, "claim").waitFor();
      await closePage(page);
    });

    test("no answer", async () => {
      const page = await openPage(browser, simulator.url, options);
      await page.route("**/api/v1/state", (route) => route.abort());
      await page.reload();
      await part(page, "unreachable").waitFor();
      await shoot(page, "unreachable");
      await closePage(page);
    });

    test("login and its refusal", async () => {
      const owner = await openPage(browser, simulator.url, options);
      await claim(owner);
      const page = await openPage(browser, simulator.url, options);
      await part(page, "login").waitFor();
      await shoot(page, "login");
      await part(page, "login-username").fill("admin");
      await part(page, "login-password").fill("not the password");
      await part(page, "login-submit").click();
      await page.waitForFunction(() => document.querySelector('[data-testid="login-error"]')?.textContent !== "");
      await shoot(page, "login-refused");
      await part(page, "login-trust").click();
      await part(page, "trust-download").waitFor();
      await shoot(page, "trust");
      await closePage(page);
      await closePage(owner);
    });

    test("the console, its menus and dialogs", async () => {
      const page = await openPage(browser, simulator.url, options);
      await logIn(page);
      await live(page);
      await shoot(page, "console");
      for (const menu of ["keys", "view", "user"]) {
        await part(page, `bar-${menu}`).click();
        await part(page, `menu-${menu}`).waitFor();
        await shoot(page, `menu-${menu}`);
        await page.keyboard.press("Escape");
        await part(page, `menu-${menu}`).waitFor({ state: "hidden" });
      }
      await part(page, "bar-keys").click();
      await part(page, "key-usb-reset").click();
      await part(page, "usb-reset").waitFor();
      await shoot(page, "usb-reset");
      await part(page, "usb-reset-no").click();
      // The leader key, because a phone's bar has no room for the button.
      await part(page, "stage").focus();
      await page.keyboard.press("ControlRight");
      await part(page, "palette-list").waitFor();
      await shoot(page, "palette");
      await page.keyboard.press("Escape");
      await part(page, "palette-list").waitFor({ state: "detached" });
      await part(page, "bar-user").click();
      await part(page, "user-help").click();
      await part(page, "help").waitFor();
      await shoot(page, "help");
      await page.keyboard.press("Escape");
      await part(page, "strip-figures").click();
      await part(page, "stats").waitFor();
      await shoot(page, "stats");
      await part(page, "stats-close").click();
      if (!look.touch) {
        await part(page, "bar-hide").click();
        await part(page, "bar-show").waitFor();
        await shoot(page, "bar-hidden");
      }
      await closePage(page);
    });

    test("the states that stand in the way", async () => {
      const page = await openPage(browser, simulator.url, options);
      await logIn(page);
      await live(page);
      for (const [lever, state] of [
        ["signal none", "no_cable"],
        ["signal no_sync", "no_sync"],
        ["signal out_of_range", "out_of_range"],
        ["usb disconnected", "usb_disconnected"],
        ["sleep", "asleep"],
      ] as const) {
        await simulator.ask("signal live");
        await simulator.ask("usb configured");
        await situation(page, "none");
        await simulator.ask(lever);
        await situation(page, state);
        await shoot(page, `state-${state}`);
      }
      await simulator.ask("wake");
      await situation(page, "none");
      const other = await openPage(browser, simulator.url, options);
      await logIn(other);
      await situation(other, "taken");
      await shoot(other, "state-taken");
      await closePage(other);
      await page.request.delete("/api/v1/session", { headers: simulator.headers });
      await part(page, "expired").waitFor();
      await shoot(page, "expired");
      await simulator.stop();
      await closePage(page);
    });
  });
}
