// Settings → Keyboard & mouse: the wheel, the pointer that is seen, which mouse is used, overscan and the jiggler.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Page } from "playwright-core";
import { claimedForEachTest, page, simulator } from "../src/claimed.js";
import { eventually, part, place, settings, situation } from "../src/operator.js";

claimedForEachTest();

/** Opens the page, lets `change` happen there, and gives the keys back to the picture. */
async function inSettings(change: () => Promise<void>): Promise<void> {
  await settings(page, "input");
  await change();
  await part(page, "settings-close").click();
  await part(page, "settings").waitFor({ state: "detached" });
}

async function overThePicture(on: Page, x = 0.5, y = 0.5): Promise<void> {
  const at = await place(on, x, y);
  await on.mouse.move(at.x, at.y);
}

/** Where the target's pointer is, as parts of its screen. */
async function pointed(): Promise<{ x: number; y: number }> {
  const [{ x, y }, { width, height }] = [await simulator.ask("pointer"), await simulator.ask("mode")];
  return { x: Number(x) / Number(width), y: Number(y) / Number(height) };
}

const until = (holds: () => Promise<boolean>) => eventually(page, holds, 10_000);

describe("in this browser", () => {
  test("the wheel turns as fast and in the direction that was chosen, after a reload too", async () => {
    await inSettings(async () => {
      await part(page, "input-speed-2").check();
      await part(page, "input-direction-reversed").check();
    });
    await page.reload();
    await situation(page, "none");
    await simulator.ask("clear");
    await overThePicture(page);
    await page.mouse.wheel(0, 120);
    await simulator.until("wheel 2 0");
    await page.mouse.wheel(120, 0);
    await simulator.until("wheel 2 2");
    await inSettings(async () => part(page, "input-sideways-reversed").check());
    await page.mouse.wheel(120, 0);
    await simulator.until("wheel 2 0");
  });

  test("the pointer over the picture is the one that was chosen", async () => {
    const cursor = () => part(page, "picture").evaluate((picture) => getComputedStyle(picture).cursor);
    assert.match(await cursor(), /circle.*crosshair/);
    await inSettings(async () => part(page, "input-cursor-hidden").check());
    assert.equal(await cursor(), "none");
    await inSettings(async () => part(page, "input-cursor-normal").check());
    assert.equal(await cursor(), "auto");
  });

  test("automatic is the relative mouse as long as the target does not read the absolute one", async () => {
    await simulator.ask("busy absolute");
    await overThePicture(page, 0.2, 0.2);
    await overThePicture(page, 0.3, 0.3);
    await situation(page, "hold");
    await settings(page, "input");
    assert.match(await part(page, "input-mouse-text").innerText(), /Now: Relative/);
    await part(page, "settings-close").click();
    await simulator.ask("busy off");
    await situation(page, "none");
    await overThePicture(page, 0.5, 0.5);
    await until(async () => Math.abs((await pointed()).x - 0.5) < 0.01);
  });

  test("absolute stays absolute, whatever the target reads", async () => {
    await inSettings(async () => part(page, "input-mouse-absolute").check());
    await simulator.ask("busy absolute");
    await overThePicture(page, 0.2, 0.2);
    await overThePicture(page, 0.4, 0.4);
    await situation(page, "none");
    await simulator.ask("busy off");
    await until(async () => Math.abs((await pointed()).x - 0.4) < 0.01);
  });
});

describe("on the device", () => {
  test("a screen with borders is aligned on the picture, where one sees it, and undone", async () => {
    await settings(page, "input");
    assert.match(await part(page, "input-aligned").innerText(), /fills the picture/);
    await part(page, "input-align").click();
    await part(page, "align").waitFor();
    const picture = (await part(page, "picture").boundingBox())!;
    await part(page, "align-scale_x").fill("800");
    await page.locator('[data-testid="align-scale_x-value"]', { hasText: "80%" }).waitFor();
    const outline = (await part(page, "align-outline").boundingBox())!;
    const shown = await page.evaluate(() => {
      const { width, height } = document.querySelector<HTMLCanvasElement>('[data-testid="picture"]')!;
      return { width, height };
    });
    const scale = Math.min(picture.width / shown.width, picture.height / shown.height);
    assert.ok(Math.abs(outline.width - shown.width * scale * 0.8) < 2, `${outline.width} of ${shown.width * scale}`);
    // A tenth of the picture is beside the screen; three tenths are its quarter.
    const across = (part: number) => ({ x: picture.x + picture.width / 2 + (part - 0.5) * shown.width * scale, y: picture.y + picture.height * 0.3 });
    const at = across(0.3);
    await until(async () => {
      await page.mouse.move(at.x + 1, at.y);
      await page.mouse.move(at.x, at.y);
      return Math.abs((await pointed()).x - 0.25) < 0.01;
    });
    await part(page, "align-undo").click();
    await until(async () => {
      await page.mouse.move(at.x + 1, at.y);
      await page.mouse.move(at.x, at.y);
      return Math.abs((await pointed()).x - 0.3) < 0.01;
    });
    await part(page, "align-done").click();
    await part(page, "align").waitFor({ state: "detached" });
    await part(page, "align-outline").waitFor({ state: "detached" });
  });

  test("the jiggler is shown while it is on, rests while the target sleeps, and is off again", async () => {
    const strip = (state: string) => page.locator(`[data-testid="strip-jiggler"][data-state="${state}"]`);
    await settings(page, "input");
    await part(page, "jiggler-on").check();
    await strip("on").waitFor({ state: "attached" });
    await part(page, "jiggler-interval").selectOption("300");
    await page.locator('[data-testid="input-kept"]', { hasText: "Kept" }).waitFor();
    await part(page, "settings-close").click();
    await simulator.ask("sleep");
    await strip("resting").waitFor();
    await simulator.ask("wake");
    await strip("on").waitFor();
    await situation(page, "none");
    await strip("on").click();
    await part(page, "settings-input").waitFor();
    assert.equal(await part(page, "jiggler-interval").inputValue(), "300");
    await part(page, "jiggler-off").check();
    await part(page, "strip-jiggler").waitFor({ state: "detached" });
  });

  test("the jiggler's days and hours are kept", async () => {
    await settings(page, "input");
    await part(page, "jiggler-sun").uncheck();
    await part(page, "jiggler-hours-part").check();
    await part(page, "jiggler-from").fill("22:00");
    await part(page, "jiggler-until").fill("02:30");
    await part(page, "jiggler-until").blur();
    await until(async () => {
      const { jiggler } = (await (await page.request.get("/api/v1/settings")).json()) as { jiggler: { days: string[]; hours: string } };
      return jiggler.hours === "22:00-02:30" && jiggler.days.join() === "mon,tue,wed,thu,fri,sat";
    });
    await page.reload();
    await part(page, "settings-input").waitFor();
    assert.equal(await part(page, "jiggler-from").inputValue(), "22:00");
    assert.ok(!(await part(page, "jiggler-sun").isChecked()));
  });
});

test("the pointer is told sixty times a second or more often, as long as the mouse moves", async () => {
  const from = await place(page, 0.2, 0.5);
  await page.mouse.move(from.x, from.y);
  await until(async () => Math.abs((await pointed()).x - 0.2) < 0.01);
  const reports = async () => Number((await simulator.ask("reports"))["reports"]);
  await page.evaluate(() => {
    const heard = { moves: 0 };
    Object.assign(window, { heard });
    document.addEventListener("pointerrawupdate", () => (heard.moves += 1), { capture: true });
  });
  const before = await reports();
  const began = performance.now();
  const moving: Promise<void>[] = [];
  // Whoever waits for each move is as slow as the screen.
  while (performance.now() - began < 1000) {
    moving.push(page.mouse.move(from.x + (moving.length % 200), from.y));
    await setTimeout(4);
  }
  await Promise.all(moving);
  const told = (await reports()) - before;
  const seconds = (performance.now() - began) / 1000;
  const { moves } = await page.evaluate(() => (window as unknown as { heard: { moves: number } }).heard);
  // A machine that has much to do brings fewer moves to the page than the page would tell.
  const wanted = Math.min(60 * seconds, 0.9 * moves);
  assert.ok(moves > 0 && told >= wanted, `${told} reports of ${moves} moves (${moving.length} sent) in ${seconds.toFixed(2)} s: at least ${wanted.toFixed()}`);
});

test("what is in a section is found by its words", async () => {
  await settings(page, "about");
  await part(page, "settings-find").fill("overscan");
  await until(async () => (await page.locator(".section-link").count()) === 1);
  await part(page, "settings-find").press("Enter");
  await part(page, "settings-input").waitFor();
  await part(page, "settings-find").fill("nothing has this");
  await page.locator(".section-link").first().waitFor({ state: "detached" });
});
