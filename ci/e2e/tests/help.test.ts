// Help: what a state means and what to do, from where it is shown; there, too, when the device is not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closePage, openPage } from "../src/browser.js";
import { browser, claimedForEachTest, page, simulator } from "../src/claimed.js";
import { LOOKS, optionsOf, shoot } from "../src/looks.js";
import { live, logIn, part, situation } from "../src/operator.js";

claimedForEachTest();

const isUnfolded = (state: string) => part(page, `help-${state}`).evaluate((summary) => (summary.parentElement as HTMLDetailsElement).open);

describe("help", () => {
  test("leads from what stands in the way to what it means and what to do", async () => {
    await simulator.ask("signal none");
    await situation(page, "no_cable");
    await part(page, "situation-help").click();
    await part(page, "help-no_cable").waitFor();
    assert.equal(await isUnfolded("no_cable"), true);
    assert.equal(await part(page, "help-no_cable").evaluate((summary) => summary === document.activeElement), true, "the keys are there");
    assert.equal(await isUnfolded("lost"), false);
    await part(page, "help-lost").click();
    assert.equal(await isUnfolded("lost"), true);
    await page.keyboard.press("Escape");
    await part(page, "help").waitFor({ state: "detached" });
    await simulator.ask("signal live");
    await situation(page, "none");
  });

  test("is there when the device is not", async () => {
    // It comes by itself a moment after the picture.
    await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => /\/help-[^/]*\.js$/.test(name)));
    await simulator.stop();
    await situation(page, "restarting");
    await part(page, "situation-help").click();
    await part(page, "help-restarting").waitFor();
    assert.equal(await isUnfolded("restarting"), true);
    await simulator.startAgain();
  });

  for (const look of LOOKS) {
    test(`looks as it should on a ${look.device}, ${look.colorScheme}`, async () => {
      const shown = await openPage(browser, simulator.url, optionsOf(look));
      await logIn(shown);
      await live(shown);
      await simulator.ask("signal out_of_range");
      await situation(shown, "out_of_range");
      await shoot(shown, look, "state-with-help");
      await part(shown, "situation-help").click();
      await part(shown, "help-out_of_range").waitFor();
      await shoot(shown, look, "help-state");
      await simulator.ask("signal live");
      await closePage(shown);
    });
  }
});
