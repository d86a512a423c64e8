// What an operator does on the page.

import type { Page } from "playwright-core";

export const USER = "admin";
export const PASSWORD = "correct horse battery";

export function part(page: Page, testId: string) {
  return page.getByTestId(testId);
}

/** First run: makes the account, passes the certificate step, arrives at the console. */
export async function claim(page: Page): Promise<void> {
  await part(page, "claim-username").fill(USER);
  await part(page, "claim-password").fill(PASSWORD);
  await part(page, "claim-repeat").fill(PASSWORD);
  await part(page, "claim-submit").click();
  await part(page, "trust-continue").click();
  await live(page);
}

export async function logIn(page: Page, user = USER, password = PASSWORD): Promise<void> {
  await part(page, "login-username").fill(user);
  await part(page, "login-password").fill(password);
  await part(page, "login-submit").click();
}

/** Enters the password again where something waits for it. */
export async function confirm(page: Page, password = PASSWORD): Promise<void> {
  await part(page, "confirm-password").fill(password);
  await part(page, "confirm-submit").click();
  await part(page, "confirm").waitFor({ state: "detached" });
}

/** Until the picture lives and nothing covers it. */
export async function live(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const by = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
    const state = by("situation")?.dataset["state"];
    return Number(by("stage")?.dataset["width"]) > 0 && state !== "connecting" && state !== "starting";
  });
}

/** Until the page says that this stands between the operator and the target; "none" = nothing does. */
export async function situation(page: Page, state: string): Promise<void> {
  await page.locator(`[data-testid="situation"][data-state="${state}"]`).waitFor({ state: "attached" });
}

export const SECTIONS = ["network", "wifi", "input", "usb", "video", "appearance", "update", "account", "people", "tokens", "guests", "certificate", "audit", "wake", "diagnostics", "power", "about"] as const;
export type Section = (typeof SECTIONS)[number];

/** Opens a section of Settings from the account's menu, which every screen size has. */
export async function settings(page: Page, section: Section): Promise<void> {
  await part(page, "bar-user").click();
  await part(page, "user-settings").click();
  await part(page, "settings").waitFor();
  await openSection(page, section);
}

/** Another section of the open Settings. On a phone the list is folded away. */
export async function openSection(page: Page, section: Section): Promise<void> {
  const folded = part(page, "settings-sections");
  if (await folded.isVisible()) await folded.click();
  await part(page, `settings-to-${section}`).click();
  await part(page, `settings-${section}`).waitFor();
}

/** Until the change of the network that is on trial is in this state. */
export async function trial(page: Page, state: string, limitMs = 15_000): Promise<void> {
  await page.locator(`[data-testid="trial"][data-state="${state}"]`).waitFor({ state: "attached", timeout: limitMs });
}

/** Until the page says that the update is in this state. */
export async function updateState(page: Page, state: string, limitMs = 15_000): Promise<void> {
  await page.locator(`[data-testid="update-panel"][data-state="${state}"]`).waitFor({ state: "attached", timeout: limitMs });
}

export async function lease(page: Page, whose: "you" | "watching" | "viewer"): Promise<void> {
  await page.locator(`[data-testid="strip-lease"][data-lease="${whose}"]`).waitFor();
}

/** What a US keyboard has on the keys that are not letters, below and above. */
const BELOW = "`1234567890-=[]\\;',./";
const ABOVE = '~!@#$%^&*()_+{}|:"<>?';

/** Types on the picture as a person would: it has the focus, and signs above others are reached with Shift. */
export async function type(page: Page, text: string): Promise<void> {
  await part(page, "stage").focus();
  for (const character of text) {
    const above = ABOVE.indexOf(character);
    const key = above < 0 ? character.toLowerCase() : BELOW[above]!;
    const shifted = above >= 0 || key !== character;
    if (shifted) await page.keyboard.down("ShiftLeft");
    await page.keyboard.press(key === " " ? "Space" : key);
    if (shifted) await page.keyboard.up("ShiftLeft");
  }
}

/** A place on the page for a place on the picture, both from 0 to 1. */
export async function place(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  const box = await part(page, "picture").boundingBox();
  if (!box) throw new Error("the picture is not on the page");
  return { x: box.x + box.width * x, y: box.y + box.height * y };
}

/** The painted picture, pixel by pixel. */
export async function pixels(page: Page): Promise<{ width: number; height: number; rgba: Uint8Array }> {
  const picture = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="picture"]')!;
    const image = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let text = "";
    for (let at = 0; at < image.data.length; at += 0x8000) text += String.fromCharCode(...image.data.subarray(at, at + 0x8000));
    return { width: image.width, height: image.height, bytes: btoa(text) };
  });
  return { width: picture.width, height: picture.height, rgba: Buffer.from(picture.bytes, "base64") };
}

/** Looks again with each picture that the page paints. */
export async function eventually(page: Page, holds: () => Promise<boolean>, limitMs = 15_000): Promise<void> {
  const limit = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error("it never became so");
    await page.evaluate(() => new Promise((shown) => requestAnimationFrame(shown)));
  }
}
