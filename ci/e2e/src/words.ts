// What the page says in another language: whether every word of it comes from a catalogue, and whether it has room.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";

/** As the page's preferences name them. `pseudo` is English, accented, a third longer and in brackets. */
const TAGS = { auto: "en", de: "de", pseudo: "en-x-pseudo" } as const;
export type Spoken = keyof typeof TAGS;

/** As if it had been chosen in another tab: everything that is shown is drawn anew, where it stands. */
export async function speak(page: Page, language: Spoken): Promise<void> {
  await page.evaluate((newValue) => {
    const key = "farseat.language";
    localStorage.setItem(key, newValue);
    dispatchEvent(new StorageEvent("storage", { key, newValue }));
  }, language);
  await page.waitForFunction((tag) => document.documentElement.lang === tag, TAGS[language]);
  // What has changed is drawn with the next frame at the latest.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

/** Looks at the page as it is in German and in the pseudo-locale, and leaves it in English. */
export async function lookAtWords(page: Page, name: string): Promise<void> {
  const found: string[] = [];
  // What the operator named is kept in the browser.
  collect(JSON.parse((await page.evaluate(() => localStorage.getItem("farseat.macros"))) ?? "null"), said.get(page)!);
  for (const language of ["pseudo", "de"] as const) {
    await speak(page, language);
    const { bare, cut } = await page.evaluate(inspect);
    if (language === "pseudo") {
      const strange = bare.filter(({ text }) => /\p{L}{2,}/u.test(leftOver(text, said.get(page)!)));
      found.push(...strange.map(({ text, where }) => `not in a catalogue: ${text} (${where})`));
    }
    // The cap of a key and the unit of a figure are as short as they can be; no rule can abbreviate them.
    const shown = language === "pseudo" ? cut.filter((text) => !/\.(key-text|strip-figures)/.test(text)) : cut;
    found.push(...shown.map((text) => `${language} has no room: ${text}`));
  }
  await speak(page, "auto");
  assert.deepEqual([...new Set(found)], [], name);
}

/** What the appliance has said to each page: names, addresses, reasons. No catalogue has them. */
const said = new WeakMap<Page, Set<string>>();

/** From now on what the page is told is remembered. */
export function listen(page: Page): void {
  const strings = new Set<string>();
  said.set(page, strings);
  page.on("response", (response) => {
    if (!response.headers()["content-type"]?.includes("json")) return;
    // A body that went with its page is nothing that is shown.
    void response.json().then((body) => collect(body, strings), () => undefined);
  });
}

function collect(value: unknown, strings: Set<string>): void {
  if (typeof value === "string" && value.length > 2) strings.add(value.toLowerCase());
  else if (value !== null && typeof value === "object") Object.values(value).forEach((each) => collect(each, strings));
}

/** What `Intl` writes in English, and names that are the same everywhere. */
const NOBODYS =
  /\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|am|pm|in|ago|(minute|hour|day|second)s?|mb|gb|farseat|u\+[0-9a-f]{4,6}|english|deutsch|mit or apache-2\.0)\b/g;

/** What of a text is left when that is taken out of it. */
function leftOver(text: string, strings: ReadonlySet<string>): string {
  const known = [...strings].filter((each) => text.toLowerCase().includes(each)).sort((a, b) => b.length - a.length);
  return known.reduce((rest, each) => rest.replaceAll(each, ""), text.toLowerCase()).replace(NOBODYS, "");
}

/** In the page. `bare`: what is seen or read out and has words outside of brackets. `cut`: what is seen only in part. */
function inspect(): { bare: { text: string; where: string }[]; cut: string[] } {
  const bare: { text: string; where: string }[] = [];
  const cut: string[] = [];
  /** Pictures, what the operator typed, and the appliance's log. */
  const NOT_OURS = 'svg, canvas, textarea, [data-testid="paste-marks"], [data-testid="log-line"]';
  /** For those who hear the page; what the browser draws; keys that make room for newer ones. */
  const NOT_MEASURED = ".unseen, option, .history-keys";
  const hasWords = (text: string) => /\p{L}{2,}/u.test(text);
  function look(text: string, where: string): void {
    let rest = text;
    for (let before = ""; before !== rest; ) {
      before = rest;
      rest = rest.replace(/\[[^[\]]*\]/g, "");
    }
    // A text that is shown in pieces opens here and closes there.
    rest = rest.replace(/^[^[\]]*\]|\[[^[\]]*$/g, "");
    if (hasWords(rest)) bare.push({ text: rest.trim(), where });
  }
  const nameOf = (element: Element) => element.closest("[data-testid]")?.getAttribute("data-testid") ?? element.className ?? element.tagName;
  for (const element of Array.from(document.querySelectorAll<HTMLElement>("body *"))) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(NOT_OURS)) continue;
    for (const attribute of ["title", "alt", "placeholder", "aria-label", "aria-description"]) {
      const value = element.getAttribute(attribute);
      if (value !== null) look(value, `${attribute} of ${nameOf(element)}`);
    }
    for (const node of Array.from(element.childNodes)) {
      if (node.nodeType !== Node.TEXT_NODE || node.textContent!.trim() === "") continue;
      look(node.textContent!, nameOf(element));
      if (!element.closest(NOT_MEASURED)) measure(node, element);
    }
  }
  if (document.scrollingElement!.scrollWidth > innerWidth) cut.push(`the page is ${document.scrollingElement!.scrollWidth} px wide`);
  return { bare, cut };

  function measure(node: ChildNode, element: HTMLElement): void {
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    const say = (what: string) => cut.push(`${what}: ${node.textContent!.trim()} (${nameOf(element)})`);
    if (text.width === 0) return;
    for (let box: HTMLElement | null = element; box; box = box.parentElement) {
      const { display, overflowX, textOverflow } = getComputedStyle(box);
      if (display === "inline" || display === "contents") continue;
      const room = box.getBoundingClientRect();
      // For those who hear the page.
      if (room.width <= 1) return;
      const outside = text.right > room.right + 1 || text.left < room.left - 1;
      if (outside && textOverflow !== "ellipsis") return void say(`outside of its ${box.tagName.toLowerCase()}.${box.className}`);
      if (outside || overflowX === "auto" || overflowX === "scroll") return;
    }
    if (text.right > innerWidth + 1 || text.left < -1) say("outside of the window");
  }
}
