// The living console: claim → login → type → the target has it → the picture changes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { claim, eventually, lease, live, logIn, part, pixels, place, situation, type } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

describe("the console", () => {
  let simulator: Simulator;
  let browser: Browser;
  let page: Page;

  before(async () => {
    simulator = await Simulator.start();
    browser = await openBrowser();
    page = await openPage(browser, simulator.url);
    await claim(page);
  });
  after(async () => {
    await closePage(page);
    await browser.close();
    await simulator.stop();
  });

  test("the first visitor has claimed the appliance and sees the target's screen", async () => {
    await lease(page, "you");
    const { width, height, rgba } = await pixels(page);
    assert.deepEqual([width, height], [1280, 720]);
    assert.ok(colours(rgba) > 8, "a picture, not a blank");
  });

  test("the second visitor has to log in, and a wrong password says so", async () => {
    const second = await openPage(browser, simulator.url);
    await part(second, "login-username").fill("admin");
    await part(second, "login-password").fill("wrong horse battery");
    await part(second, "login-submit").click();
    await second.waitForFunction(() => document.querySelector('[data-testid="login-error"]')?.textContent !== "");
    assert.match(await part(second, "login-error").innerText(), /wrong/i);
    await logIn(second);
    await live(second);
    await closePage(second);
  });

  test("what is typed arrives on the target, capitals and signs too", async () => {
    await type(page, "Hello, World! ~{[(1+2)*3]}~ #\"quote\" \\ `x` | <y> ?");
    const { typed } = await simulator.typed("Hello, World! ~{[(1+2)*3]}~ #\"quote\" \\ `x` | <y> ?");
    assert.ok(typed);
    await simulator.until("keys none");
  });

  test("typing changes the picture", async () => {
    const before = await pixels(page);
    const changed = async () => {
      const now = await pixels(page);
      let count = 0;
      for (let at = 0; at < now.rgba.length; at += 4) if (Math.abs(now.rgba[at + 1]! - before.rgba[at + 1]!) > 60) count += 1;
      return count;
    };
    const line = "MW".repeat(35);
    // The cursor blinks and the clock runs, but that is little.
    const little = await changed();
    assert.ok(little < 800, `${little} pixels`);
    await type(page, line);
    await simulator.until(`screen ${line}`);
    await eventually(page, async () => (await changed()) > 1600);
  });

  test("the pointer follows the mouse, and its buttons and wheel arrive", async () => {
    for (const [x, y] of [[0.25, 0.5], [0.75, 0.25], [0.5, 0.9]] as const) {
      const at = await place(page, x, y);
      await page.mouse.move(at.x, at.y);
      await page.mouse.down();
      const pressed = await simulator.until("buttons left");
      near(pressed["x"], 1280 * x);
      near(pressed["y"], 720 * y);
      await page.mouse.up();
      await simulator.until("buttons none");
    }
    await page.mouse.down({ button: "right" });
    await simulator.until("buttons right");
    await page.mouse.up({ button: "right" });
    const before = (await simulator.ask("pointer"))["wheel"] as { vertical: number; horizontal: number };
    await page.mouse.wheel(0, 120);
    await simulator.until(`wheel ${before.vertical - 1} ${before.horizontal}`);
  });

  test("lights that the target sets are shown, and keys are really held", async () => {
    await part(page, "stage").focus();
    await page.keyboard.press("CapsLock");
    await simulator.until("leds caps on");
    await page.locator('[data-testid="led-caps"][data-on="true"]').waitFor();
    await page.keyboard.press("CapsLock");
    await page.locator('[data-testid="led-caps"][data-on="false"]').waitFor();
    await page.keyboard.down("ShiftLeft");
    await page.keyboard.down("KeyQ");
    await simulator.until("keys 20,225");
    await page.keyboard.up("KeyQ");
    await page.keyboard.up("ShiftLeft");
    await simulator.until("keys none");
  });

  test("Ctrl+Alt+Del is sent from the menu", async () => {
    const before = await simulator.ask("reports");
    await part(page, "bar-keys").click();
    await part(page, "key-ctrl-alt-del").click();
    await simulator.until("power starting");
    await simulator.until("power running");
    const after = await simulator.ask("reports");
    assert.ok(Number(after["reports"]) > Number(before["reports"]));
    await simulator.until("keys none");
  });

  test("the page follows the target's screen mode", async () => {
    await simulator.ask("mode 1024x768");
    await page.locator('[data-testid="stage"][data-width="1024"][data-height="768"]').waitFor();
    await simulator.ask("mode 1280x720");
    await page.locator('[data-testid="stage"][data-width="1280"][data-height="720"]').waitFor();
  });

  test("each reason for no picture is told in its own words", async () => {
    for (const [lever, state] of [["none", "no_cable"], ["no_sync", "no_sync"], ["out_of_range", "out_of_range"]] as const) {
      await simulator.ask(`signal ${lever}`);
      await situation(page, state);
    }
    await simulator.ask("signal live");
    await situation(page, "none");
  });

  test("a sleeping target is a state, the button wakes it, and the picture comes back", async () => {
    await simulator.ask("sleep");
    await situation(page, "asleep");
    await part(page, "situation-wake").click();
    await simulator.until("power running");
    await situation(page, "none");
  });

  test("an unplugged USB cable is a state, and goes away by itself", async () => {
    await simulator.ask("usb disconnected");
    await page.locator('[data-testid="strip-usb"][data-state="disconnected"]').waitFor();
    await simulator.ask("usb configured");
    await page.locator('[data-testid="strip-usb"][data-state="configured"]').waitFor();
    await type(page, "again");
    await simulator.until("typed again");
  });

  test("the status strip measures the latency from capture to paint", async () => {
    await eventually(page, async () => /^\d+ ms$/.test(await part(page, "strip-latency").innerText()));
    const latency = parseInt(await part(page, "strip-latency").innerText(), 10);
    assert.ok(latency < 1000, `${latency} ms`);
  });

  test("logging out ends the session", async () => {
    await part(page, "bar-user").click();
    await part(page, "user-log-out").click();
    await part(page, "login").waitFor();
    const answer = await page.request.get("/api/v1/session");
    assert.equal(answer.status(), 401);
  });
});

function colours(rgba: Uint8Array): number {
  const seen = new Set<number>();
  for (let at = 0; at < rgba.length; at += 4) seen.add((rgba[at]! << 16) | (rgba[at + 1]! << 8) | rgba[at + 2]!);
  return seen.size;
}

function near(found: unknown, wanted: number): void {
  assert.ok(Math.abs(Number(found) - wanted) <= 2, `${String(found)} is not near ${wanted}`);
}
