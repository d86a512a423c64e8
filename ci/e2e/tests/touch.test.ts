// Fingers on the picture and on the trackpad, on a phone and on a tablet: what the target gets of them, and how the
// picture is zoomed.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { CDPSession, Page } from "playwright-core";
import { closePage, openPage, PHONE } from "../src/browser.js";
import { browser, claimed, simulator } from "../src/claimed.js";
import { shoot } from "../src/looks.js";
import { eventually, lease, live, logIn, part } from "../src/operator.js";

type Point = readonly [x: number, y: number];

const TABLET = { width: 820, height: 1180 };

let page: Page;
let fingers: CDPSession;

claimed();

for (const [device, viewport] of [["phone", PHONE], ["tablet", TABLET]] as const) {
  describe(`fingers on a ${device}`, () => {
    before(async () => {
      page = await openPage(browser, simulator.url, { viewport, hasTouch: true, isMobile: true });
      fingers = await page.context().newCDPSession(page);
      await logIn(page);
      await live(page);
      await lease(page, "you");
    });
    after(async () => closePage(page));

    test("click where they tap, and twice in one place", async () => {
      await clicks("left", 1, async () => tap(await at(0.25, 0.25)));
      await pointsAt(0.25, 0.25);
      const [x, y] = await at(0.75, 0.5);
      await clicks("left", 2, () => strokes([[[x, y]], [], [[x + 12, y + 12]], []]));
      await pointsAt(0.75, 0.5);
    });

    test("tap in pairs for a right click between them", async () => {
      const [x, y] = await at(0.4, 0.6);
      await clicks("right", 1, () => tap([x - 30, y], [x + 30, y]));
      await pointsAt(0.4, 0.6);
    });

    test("drag after a long press, until they go up", async () => {
      await touch(await at(0.2, 0.2));
      await simulator.until("buttons left");
      await touch(await at(0.6, 0.7));
      await eventually(page, () => isAt(0.6, 0.7));
      assert.deepEqual((await simulator.ask("pointer"))["buttons"], ["left"]);
      await touch();
      await simulator.until("buttons none");
    });

    test("scroll in pairs, on the picture and below it, and click nothing", async () => {
      const { clicks: before } = await simulator.ask("pointer");
      for (const place of [await at(0.5, 0.5), await below()]) {
        await simulator.ask("clear");
        await pair(place, [[0, 40, 40], [36, 40, 40], [72, 40, 40], [108, 40, 40]]);
        await simulator.until("wheel 3 0");
      }
      assert.equal((await simulator.ask("pointer"))["clicks"], before);
      assert.equal(await part(page, "zoom-reset").count(), 0);
    });

    test("push the pointer below the picture, and click where it stands", async () => {
      await tap(await at(0.5, 0.5));
      await eventually(page, () => isAt(0.5, 0.5));
      const [x, y] = await below();
      const { width } = await painted();
      await strokes([[[x, y]], [[x - 60, y]], []]);
      // The pointer goes 1.6 times as far as the finger.
      const left = 0.5 - (1.6 * 60) / width;
      await eventually(page, () => isAt(left, 0.5));
      await clicks("left", 1, () => tap([x, y]));
      await pointsAt(left, 0.5);
    });

    test("zoom the picture by going apart, and move, click and scroll while it is zoomed", async () => {
      const whole = await painted();
      const held = await at(0.25, 0.5);
      await zoomTwice(held);
      const zoomed = await painted();
      near((held[0] - zoomed.left) / zoomed.width, 0.25);
      if (device === "phone") await shoot(page, { device, colorScheme: "light", viewport, touch: true }, "console-zoomed");

      await clicks("left", 1, () => tap([held[0] + 60, held[1] + 40]));
      await pointsAt(0.25 + 60 / (2 * whole.width), 0.5 + 40 / (2 * whole.height));

      await simulator.ask("clear");
      await pair(held, [[0, 40, 40], [0, 40, 40, -30], [0, 40, 40, -60]]);
      await eventually(page, async () => Math.abs((await painted()).left - (zoomed.left - 60)) < 1);
      await pair(await below(), [[0, 40, 40], [36, 40, 40]]);
      await simulator.until("wheel 1 0");
    });

    test("see the pointer that they push, and have the whole picture again by the button", async () => {
      const [x, y] = await below();
      const { width, height } = await painted();
      for (let pushed = 0; pushed < 1.2 * width; pushed += 240) await strokes([[[x - 120, y]], [[x + 120, y]], []]);
      await eventually(page, () => isAt(1, 0.5 + 40 / height));
      const { left } = await painted();
      near(left + width, viewport.width, 1);
      await part(page, "zoom-reset").tap();
      await part(page, "zoom-reset").waitFor({ state: "detached" });
      near((await painted()).width, width / 2, 1);
    });

    test("have it again by going together, too", async () => {
      const held = await at(0.5, 0.5);
      await zoomTwice(held);
      await pair(held, [[0, 60, 60], [0, 32, 32]]);
      await part(page, "zoom-reset").waitFor({ state: "detached" });
      await clicks("left", 1, async () => tap(await at(0.1, 0.9)));
      await pointsAt(0.1, 0.9);
    });

    test("move a picture that is larger than its place, which a mouse reaches all of", async () => {
      const { width } = await painted();
      await size("1:1");
      await eventually(page, async () => (await painted()).width === 1280);
      const { x, y, width: place, height } = (await part(page, "stage").boundingBox())!;
      await page.mouse.move(x + place - 2, y + height / 2);
      await eventually(page, () => isAt(1, 0.5));
      const { left } = await painted();
      near(left + 1280, x + place, 1);
      await pair([x + place / 2, y + height / 2], [[0, 40, 40], [0, 40, 40, 50], [0, 40, 40, 100]]);
      await eventually(page, async () => Math.abs((await painted()).left - (left + 100)) < 1);
      await size("Fit");
      await eventually(page, async () => (await painted()).width === width);
    });
  });
}

async function size(name: string): Promise<void> {
  await part(page, "bar-view").tap();
  await page.getByRole("radio", { name }).check();
  await page.keyboard.press("Escape");
  await page.locator(":popover-open").waitFor({ state: "detached" });
}

/** The fingers that are on the glass now, in the order in which they came. */
async function touch(...points: readonly Point[]): Promise<void> {
  await strokes([points]);
}

/** One after the other without waiting in between: a tap is to be over before it is a long press, whatever else runs here. */
async function strokes(frames: readonly (readonly Point[])[]): Promise<void> {
  let down = 0;
  const sent = frames.map((points) => {
    const type = points.length === 0 ? "touchEnd" : points.length > down ? "touchStart" : "touchMove";
    down = points.length;
    const touchPoints = points.map(([x, y], id) => ({ x, y, id }));
    return fingers.send("Input.dispatchTouchEvent", { type, touchPoints });
  });
  await Promise.all(sent);
}

async function tap(...points: readonly Point[]): Promise<void> {
  await strokes([points, []]);
}

/** Two fingers: so far down, and to the left and right of `place`, and so far along. */
async function pair([x, y]: Point, frames: readonly (readonly [number, number, number, number?])[]): Promise<void> {
  const points = frames.map(([down, left, right, along = 0]) => [[x - left + along, y + down], [x + right + along, y + down]] as const);
  await strokes([...points, []]);
}

/** Twice as large, around this place. */
async function zoomTwice(place: Point): Promise<void> {
  const { width } = await painted();
  await pair(place, [[0, 30, 30], [0, 45, 45], [0, 60, 60]]);
  await part(page, "zoom-reset").waitFor();
  await eventually(page, async () => Math.abs((await painted()).width - 2 * width) < 1);
}

/** Where the picture is painted in its element. */
async function painted(): Promise<{ left: number; top: number; width: number; height: number }> {
  return page.getByTestId("picture").evaluate((canvas: HTMLCanvasElement) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const scale = Math.min(width / canvas.width, height / canvas.height);
    const size = { width: canvas.width * scale, height: canvas.height * scale };
    return { left: left + (width - size.width) / 2, top: top + (height - size.height) / 2, ...size };
  });
}

/** A place on the page for one on the picture, both from 0 to 1. */
async function at(x: number, y: number): Promise<Point> {
  const { left, top, width, height } = await painted();
  return [left + x * width, top + y * height];
}

/** Below the picture, above the status strip: where the page has a trackpad. */
async function below(): Promise<Point> {
  const stage = (await part(page, "stage").boundingBox())!;
  return [stage.x + stage.width / 2, stage.y + stage.height - 70];
}

async function clicks(button: string, count: number, deed: () => Promise<void>): Promise<void> {
  const { clicks: before } = await simulator.ask("pointer");
  await deed();
  const { clicks: after, clicked } = await simulator.until(`clicks ${Number(before) + count}`);
  assert.equal(after, Number(before) + count);
  assert.deepEqual(clicked, [button]);
}

async function pointsAt(x: number, y: number): Promise<void> {
  assert.ok(await isAt(x, y), `${JSON.stringify(await simulator.ask("pointer"))} is not ${x}, ${y}`);
}

async function isAt(x: number, y: number): Promise<boolean> {
  const [pointer, mode] = [await simulator.ask("pointer"), await simulator.ask("mode")];
  const off = (of: unknown, length: unknown, part: number) => Math.abs(Number(of) / Number(length) - part);
  return off(pointer["x"], mode["width"], x) < 0.01 && off(pointer["y"], mode["height"], y) < 0.01;
}

function near(value: number, expected: number, within = 0.01): void {
  assert.ok(Math.abs(value - expected) < within, `${value} is not ${expected}`);
}
