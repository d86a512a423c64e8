// Pictures as H.264: what the browser decodes is what the target shows, and where it cannot be, JPEG comes and the page says why.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { claimedForEachTest, page, simulator } from "../src/claimed.js";
import { eventually, live, part, pixels, settings, type } from "../src/operator.js";

claimedForEachTest();

/** The picture's figures say that it is coded so. */
async function comesAs(page: Page, words: string): Promise<void> {
  if (!(await part(page, "stats").isVisible())) await part(page, "strip-figures").click();
  await part(page, "stats").getByText(words, { exact: true }).waitFor();
  await part(page, "stats-close").click();
}

async function choose(page: Page, codec: "h264" | "jpeg"): Promise<void> {
  await settings(page, "video");
  await part(page, "video-codec").selectOption(codec);
  await page.goto(simulator.url);
  await live(page);
}

/** How many of a thousand channels are far from the other picture's: colours have half the places of their own. */
function difference(one: Uint8Array, other: Uint8Array): number {
  assert.equal(one.length, other.length);
  const far = one.filter((value, at) => Math.abs(value - other[at]!) > 32).length;
  return (1000 * far) / one.length;
}

test("the same picture comes as H.264, and goes on with what is typed", async () => {
  await comesAs(page, "JPEG");
  const jpeg = await pixels(page);
  await choose(page, "h264");
  await comesAs(page, "H.264");
  const h264 = await pixels(page);
  assert.deepEqual([h264.width, h264.height], [jpeg.width, jpeg.height]);
  await eventually(page, async () => difference((await pixels(page)).rgba, jpeg.rgba) < 2);
  const before = (await pixels(page)).rgba;
  await type(page, "echo hello");
  await eventually(page, async () => difference((await pixels(page)).rgba, before) > 0.1);
  await choose(page, "jpeg");
  await comesAs(page, "JPEG");
});

test("a browser without a decoder gets JPEG, and says so", async () => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "VideoDecoder"));
  await choose(page, "h264");
  await comesAs(page, "JPEG: this browser cannot decode H.264");
});

test("a decoder that fails is left for JPEG", async () => {
  await page.addInitScript(() => {
    VideoDecoder.prototype.decode = () => {
      throw new Error("no");
    };
  });
  await choose(page, "h264");
  await comesAs(page, "JPEG: this browser cannot decode H.264");
});
