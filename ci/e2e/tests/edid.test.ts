// Settings → Video: what the capture device tells the target, on a bridge and on a dongle.

import assert from "node:assert/strict";
import { test } from "node:test";
import { claimedForEachTest, page, simulator } from "../src/claimed.js";
import { live, logIn, part, settings, situation } from "../src/operator.js";

claimedForEachTest();

/** Until the device says that it is in this state. */
const device = (state: string) => page.locator(`[data-testid="edid"][data-device="${state}"]`).waitFor();
const chosen = (name: string) => page.waitForFunction((name) => document.querySelector<HTMLSelectElement>('[data-testid="edid-choice"]')?.value === name, name);
const width = (pixels: string) => page.locator(`[data-testid="stage"][data-width="${pixels}"]`).waitFor({ state: "attached" });

/** The name that the device says. */
async function nameSaid(): Promise<string> {
  const { says } = (await (await page.request.get("/api/v1/edid")).json()) as { says: { name: string } };
  return says.name;
}

test("a target on a bridge takes the mode that was chosen, keeps it over a restart, and gets its own back", async () => {
  await settings(page, "video");
  await device("changeable");
  assert.match(await part(page, "edid-preferred").innerText(), /1280×720/);
  assert.equal(await nameSaid(), "Farseat");
  await part(page, "edid-choice").selectOption("1024x768@60");
  await simulator.until("mode 1024x768");
  await width("1024");
  assert.match(await part(page, "edid-preferred").innerText(), /1024×768/);
  await simulator.restart();
  await simulator.until("mode 1024x768");
  await page.goto(simulator.url);
  await logIn(page);
  await live(page);
  await settings(page, "video");
  await chosen("1024x768@60");
  await part(page, "edid-reset").click();
  await simulator.until("mode 1280x720");
  await chosen("default");
  await part(page, "edid-reset").waitFor({ state: "detached" });
});

test("a file that is no EDID is refused with every reason, and a good one is told to the target", async () => {
  await settings(page, "video");
  await device("changeable");
  const upload = (buffer: Buffer) => part(page, "edid-file").setInputFiles({ name: "edid.bin", mimeType: "application/octet-stream", buffer });
  await upload(Buffer.from("no EDID at all"));
  await page.locator('[data-testid="edid-refused"]', { hasText: "It has 14 bytes" }).waitFor();
  const edid = vesa();
  await upload(Buffer.from(edid).fill(0, 18, 19));
  const refused = page.locator('[data-testid="edid-refused"]', { hasText: "checksum" });
  await refused.waitFor();
  assert.match(await refused.innerText(), /version 0/);
  await upload(edid);
  await simulator.until("mode 640x480");
  await chosen("upload");
  assert.match(await part(page, "edid-name").innerText(), /TST/);
});

test("a dongle's EDID cannot be changed, which is said and is no failure", async () => {
  await simulator.ask("edid fixed");
  // The device is looked at when the picture begins anew.
  await simulator.ask("signal none");
  await situation(page, "no_cable");
  await simulator.ask("signal live");
  await live(page);
  await page.waitForFunction(async () => ((await (await fetch("/api/v1/edid")).json()) as { device: string }).device === "fixed");
  await settings(page, "video");
  await device("fixed");
  assert.match(await part(page, "edid-state").innerText(), /cannot be changed/);
  assert.equal(await part(page, "edid-choice").count(), 0);
  assert.equal(await part(page, "edid-refused").innerText(), "");
});

/** A display of one block, 640x480 at 60 and nothing else. */
function vesa(): Buffer {
  const block = Buffer.alloc(128);
  block.set([0, 255, 255, 255, 255, 255, 255, 0, 0x52, 0x74, 1, 0, 0, 0, 0, 0, 0, 30, 1, 3, 0x80]);
  block.fill(1, 38, 54);
  block.set([0xd6, 0x09, 0x80, 0xa0, 0x20, 0xe0, 0x2d, 0x10, 0x10, 0x60, 0xa2, 0, 0, 0, 0, 0, 0, 0x18], 54);
  block[127] = (256 - (block.reduce((sum, byte) => sum + byte) % 256)) % 256;
  return block;
}
