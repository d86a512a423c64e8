// How an appliance came up, made up for the page: a simulator has neither card nor preseed.

import type { Page } from "playwright-core";

export const FINE = {
  version: "1.2.3",
  slot: "a",
  trial: false,
  rescue: false,
  factory_reset: false,
  data: { state: "kept", reason: "", size: 30_000_000_000, free: 29_000_000_000 } as object,
};

/** From now on the appliance says this of itself. */
export async function came(page: Page, system: object, preseed: object | null = null, uptime = 3600): Promise<void> {
  await page.route("**/api/v1/status", async (route) => {
    const answer = (await (await route.fetch()).json()) as object;
    await route.fulfill({ json: { ...answer, system, preseed, uptime } });
  });
}
