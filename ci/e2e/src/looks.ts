// How the page is looked at: both colour schemes, a desktop and a phone; a picture of each screen, axe's opinion, and the
// words in every language.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BrowserContextOptions, Page } from "playwright-core";
import { DESKTOP, PHONE } from "./browser.js";
import { lookAtWords } from "./words.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = "shots";

export interface Look {
  readonly colorScheme: "light" | "dark";
  readonly device: string;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly touch: boolean;
}

export const LOOKS: readonly Look[] = (["light", "dark"] as const).flatMap((colorScheme) => [
  { colorScheme, device: "desktop", viewport: DESKTOP, touch: false },
  { colorScheme, device: "phone", viewport: PHONE, touch: true },
]);

export function optionsOf({ viewport, colorScheme, touch }: Look): BrowserContextOptions {
  return { viewport, colorScheme, hasTouch: touch, isMobile: touch };
}

/** Takes the picture, then lets axe look; in one of the schemes also at the words. */
export async function shoot(page: Page, { device, colorScheme }: Look, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}-${device}-${colorScheme}.png`, animations: "disabled" });
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  assert.deepEqual(found, [], name);
  if (colorScheme === "light") await lookAtWords(page, name);
}
