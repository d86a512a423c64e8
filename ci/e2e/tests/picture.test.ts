// Settings → Video, and → Appearance: the picture that the device makes, and how this browser shows the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { claimedForEachTest, page } from "../src/claimed.js";
import { part, settings } from "../src/operator.js";

claimedForEachTest();

interface Video {
  readonly quality: number;
  readonly h264_kbps: number;
  readonly max_fps: number;
  readonly width: number;
  readonly height: number;
}

async function until(wanted: Partial<Video>): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { video } = (await (await page.request.get("/api/v1/settings")).json()) as { video: Video };
    if (Object.entries(wanted).every(([name, value]) => video[name as keyof Video] === value)) return;
    assert.ok(Date.now() < deadline, JSON.stringify(video));
  }
}

test("quality and rate are kept, and each has its own way back", async () => {
  await settings(page, "video");
  await part(page, "video-quality").fill("40");
  await until({ quality: 40 });
  await part(page, "video-rate").fill("10");
  await until({ quality: 40, max_fps: 10 });
  await part(page, "video-quality-reset").click();
  await until({ quality: 80, max_fps: 10 });
  await part(page, "video-rate-reset").click();
  await until({ max_fps: 0 });
});

test("H.264's bitrate is there with H.264, is kept, and has its way back", async () => {
  await settings(page, "video");
  await part(page, "video-quality").waitFor();
  assert.equal(await part(page, "video-kbps").count(), 0);
  await part(page, "video-codec").selectOption("h264");
  await part(page, "video-kbps").fill("2500");
  await until({ h264_kbps: 2500 });
  await part(page, "video-kbps-value").filter({ hasText: "2,500 kbit/s" }).waitFor();
  await part(page, "video-kbps-reset").click();
  await until({ h264_kbps: 5000 });
  assert.ok(await part(page, "video-kbps-reset").isDisabled());
});

test("another size is on trial: undone unless somebody keeps it", async () => {
  await settings(page, "video");
  await part(page, "video-size").selectOption("800x600");
  await part(page, "video-trial").waitFor();
  // The trial is the device's: it goes on without the tab that began it, and another one ends it.
  await page.reload();
  await part(page, "video-trial").waitFor();
  assert.equal(await part(page, "video-size").inputValue(), "800x600");
  await until({ width: 0, height: 0 });
  await part(page, "video-trial-undo").click();
  await part(page, "video-trial").waitFor({ state: "detached" });
  assert.equal(await part(page, "video-size").inputValue(), "0x0");
  await part(page, "video-size").selectOption("640x480");
  await part(page, "video-trial-keep").click();
  await part(page, "video-trial").waitFor({ state: "detached" });
  await until({ width: 640, height: 480 });
});

test("scheme and language that are chosen are in force at once and after a reload", async () => {
  await settings(page, "appearance");
  await part(page, "appearance-theme-dark").check();
  const theme = () => page.evaluate(() => document.documentElement.dataset["theme"]);
  assert.equal(await theme(), "dark");
  await page.reload();
  await part(page, "settings-appearance").waitFor();
  assert.equal(await theme(), "dark");
  assert.equal(await part(page, "appearance-language").inputValue(), "auto");
  const title = part(page, "settings-appearance").locator("h3");
  await part(page, "appearance-language").selectOption("de");
  await title.filter({ hasText: "Darstellung" }).waitFor();
  await page.reload();
  await title.filter({ hasText: "Darstellung" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
});
