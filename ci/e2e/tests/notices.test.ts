// What the operator is told about how the appliance came up. A simulator has no card, so its status is made up.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { claimedForEachTest, page } from "../src/claimed.js";
import { live, part } from "../src/operator.js";
import { came, FINE } from "../src/status.js";

claimedForEachTest();

describe("notices", () => {
  async function notice(id: string): Promise<void> {
    await page.locator(`[data-testid="notices"][data-id="${id}"]`).waitFor({ state: "attached" });
  }

  test("an appliance that came up as always says nothing", async () => {
    await came(page, FINE);
    await page.reload();
    await live(page);
    await notice("none");
  });

  test("without a place for its data it says so and why; put away, it is quiet until the next start", async () => {
    const data = { state: "memory", reason: "the card has no data partition", size: null, free: null };
    await came(page, { ...FINE, data }, null, 100);
    await page.reload();
    await notice("memory");
    assert.match(await part(page, "notices-text").innerText(), /nothing that you change survives.*The card has no data partition\./);
    await part(page, "notices-dismiss").click();
    await notice("none");
    await page.reload();
    await live(page);
    await notice("none");
    await page.unrouteAll();
    await came(page, { ...FINE, data }, null, 5);
    await page.reload();
    await notice("memory");
  });

  test("several are told one after the other, the gravest first", async () => {
    await came(page, { ...FINE, rescue: true, trial: true, slot: "b" }, { applied: true, unknown: ["wifi.ssid"], problems: [] });
    await page.reload();
    for (const id of ["rescue", "trial", "preseedUnknown"]) {
      await notice(id);
      await part(page, "notices-dismiss").click();
    }
    await notice("none");
  });
});
