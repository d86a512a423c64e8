// Real Chromium against the real program on a real kernel: a key becomes an evdev event, dongle pixels become canvas pixels.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { Lines } from "../src/lines.js";
import { claim, lease, part, pixels } from "../src/operator.js";
import { Program } from "../src/program.js";

const LAB = process.env["FARSEAT_LAB"] ?? "../../target/debug/farseat-lab";
// An emulated machine: minutes, not seconds.
const BOOT_LIMIT_MS = 300_000;
const EV_KEY = 1;
const KEY_A = 30;

interface Report {
  readonly report: string;
  readonly kind?: number;
  readonly code?: number;
  readonly value?: number;
}

describe("the appliance on virtual hardware", () => {
  let machine: Program;
  let agent: Lines;
  let browser: Browser;
  let page: Page;

  before(async () => {
    machine = new Program(LAB, ["run"]);
    const told = await machine.line(
      (line) => (line.startsWith("{") ? (JSON.parse(line) as { url: string; agent: string }) : undefined),
      BOOT_LIMIT_MS,
    );
    agent = await Lines.open(told.agent);
    browser = await openBrowser();
    page = await openPage(browser, told.url);
    page.context().setDefaultTimeout(60_000);
    await claim(page);
  });
  after(async () => {
    if (page) await closePage(page);
    await browser?.close();
    agent?.close();
    await machine.end();
  });

  /** The next report of a key; what the devices are and how the pointer moves is passed over. */
  async function key(code: number): Promise<Report> {
    for (;;) {
      const report = JSON.parse(await agent.next()) as Report;
      if (report.report === "input" && report.kind === EV_KEY && report.code === code) return report;
    }
  }

  test("a key pressed in the browser arrives as an evdev event on the target", async () => {
    await lease(page, "you");
    await part(page, "stage").focus();
    await page.keyboard.down("KeyA");
    assert.equal((await key(KEY_A)).value, 1);
    await page.keyboard.up("KeyA");
    assert.equal((await key(KEY_A)).value, 0);
  });

  test("the dongle's pixels arrive on the canvas", async () => {
    const { width, height, rgba } = await pixels(page);
    const at = (x: number, y: number) => [...rgba.subarray((Math.floor(height * y) * width + Math.floor(width * x)) * 4)].slice(0, 3);
    const [left, right] = [at(0.25, 0.5), at(0.75, 0.5)];
    assert.ok(left[0]! > 150 && left[1]! < 90 && left[2]! < 90, `left is red: ${left.join(" ")}`);
    assert.ok(right[0]! < 90 && right[1]! < 90 && right[2]! > 150, `right is blue: ${right.join(" ")}`);
  });

  test("other pixels on the dongle are other pixels on the canvas", async () => {
    agent.say('{"id":1,"dongle":"show","left":[30,200,30],"right":[230,230,230]}');
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="picture"]')!;
      const [red, green] = canvas.getContext("2d")!.getImageData(canvas.width / 4, canvas.height / 2, 1, 1).data;
      return green! > 150 && red! < 90;
    });
  });
});
