// A picture of the pages about the hand and the picture, in both schemes, on a desktop and a phone; axe looks at each.

import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { LOOKS, optionsOf, shoot as shootAs } from "../src/looks.js";
import { claim, live, openSection, part, settings } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

for (const look of LOOKS) {
  describe(`Keyboard & mouse: ${look.device}, ${look.colorScheme}`, () => {
    let simulator: Simulator;
    let browser: Browser;
    let page: Page;
    const shoot = async (name: string) => shootAs(page, look, name);

    before(async () => {
      simulator = await Simulator.start();
      browser = await openBrowser();
      page = await openPage(browser, simulator.url, optionsOf(look));
      await claim(page);
      await live(page);
    });
    after(async () => {
      await closePage(page);
      await browser.close();
      await simulator.stop();
    });

    test("the page, from its beginning to the jiggler's hours", async () => {
      await settings(page, "input");
      await part(page, "input-aligned").waitFor();
      await shoot("input");
      await part(page, "jiggler-on").check();
      await part(page, "jiggler-hours-part").check();
      await page.locator(`[data-testid="input-kept"]`, { hasText: "Kept" }).scrollIntoViewIfNeeded();
      await shoot("input-jiggler");
    });

    test("USB, with a draft", async () => {
      await openSection(page, "usb");
      await part(page, "usb-controls").uncheck();
      await part(page, "usb-vendor_id").fill("0000");
      await shoot("usb");
      await part(page, "usb-apply").scrollIntoViewIfNeeded();
      await shoot("usb-below");
      await part(page, "usb-discard").click();
    });

    test("video with H.264, a size on trial and an EDID that was refused; appearance", async () => {
      await openSection(page, "video");
      await part(page, "video-quality").fill("60");
      await part(page, "video-codec").selectOption("h264");
      await part(page, "video-kbps").waitFor();
      await part(page, "edid-file").setInputFiles({ name: "edid.bin", mimeType: "application/octet-stream", buffer: Buffer.from("no EDID") });
      await part(page, "edid-refused").filter({ hasText: "It has 7 bytes" }).waitFor();
      await part(page, "video-size").selectOption("1024x768");
      await part(page, "video-trial").waitFor();
      await shoot("video");
      await part(page, "video-trial-undo").click();
      await part(page, "video-codec").selectOption("jpeg");
      await openSection(page, "appearance");
      await part(page, "settings-appearance").waitFor();
      await shoot("appearance");
      await openSection(page, "input");
    });

    test("the pointer is aligned with the picture", async () => {
      await part(page, "input-align").click();
      await part(page, "align-scale_x").fill("880");
      await part(page, "align-offset_y").fill("30");
      await part(page, "strip-jiggler").waitFor();
      await shoot("align");
    });
  });
}
