// Firefox, the other browser that there is: what is done there arrives at the target, nothing stays down, and what it lacks is said.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Firefox, KEYS } from "../src/firefox.js";
import { PASSWORD, USER } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

let simulator: Simulator;
let firefox: Firefox;

before(async () => {
  simulator = await Simulator.start();
  firefox = await Firefox.start();
});
after(async () => {
  await simulator.stop();
  await firefox.end();
});

const A = 4;
const LEFT_SHIFT = 225;
const RIGHT_ALT = 230;

async function logIn(): Promise<void> {
  await firefox.fill("login-username", USER);
  await firefox.fill("login-password", PASSWORD);
  await firefox.keys([`+${KEYS.enter}`, `-${KEYS.enter}`]);
}

/** The picture is there, nothing covers it, and what is typed goes to the target. */
async function inControl(): Promise<void> {
  await firefox.shows('[data-testid="stage"]:not([data-width="0"])');
  await firefox.shows('[data-testid="situation"][data-state="none"]');
  await firefox.shows('[data-testid="strip-lease"][data-lease="you"]');
  await firefox.focus("stage");
  await simulator.ask("clear");
}

/** How many colours the painted picture has. */
async function colours(): Promise<number> {
  return firefox.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="picture"]')!;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

describe("Firefox", () => {
  test("claims the appliance, logs in and shows the target's picture", async () => {
    await firefox.open(simulator.url);
    await firefox.fill("claim-username", USER);
    await firefox.fill("claim-password", PASSWORD);
    await firefox.fill("claim-repeat", PASSWORD);
    await firefox.click("claim-submit");
    await firefox.click("trust-continue");
    await inControl();
    await firefox.click("bar-user");
    await firefox.click("user-log-out");
    await logIn();
    await inControl();
    assert.ok((await colours()) > 20, "the picture is of one colour");
    mkdirSync("shots", { recursive: true });
    writeFileSync("shots/firefox.png", await firefox.screenshot());
  });

  test("types, holds a key for as long as it is held, and knows left from right", async () => {
    await inControl();
    await firefox.type("Hello, {World} 1+1=2?");
    await simulator.typed("Hello, {World} 1+1=2?");
    await firefox.keys([`+${KEYS.shift}`, "+a"]);
    await simulator.until(`keys ${A},${LEFT_SHIFT}`);
    await firefox.keys(["-a", `-${KEYS.shift}`, `+${KEYS.rightAlt}`]);
    await simulator.until(`keys ${RIGHT_ALT}`);
    await firefox.keys([`-${KEYS.rightAlt}`]);
    await simulator.until("keys none");
  });

  test("keeps no key of the target's for itself: quick find, reload, the menu bar", async () => {
    await inControl();
    await firefox.type("a/'");
    await firefox.keys([`+${KEYS.f5}`, `-${KEYS.f5}`, `+${KEYS.alt}`, `-${KEYS.alt}`, `+${KEYS.tab}`, `-${KEYS.tab}`]);
    await firefox.type("b");
    await simulator.typed("a/'\tb");
    await simulator.until("keys none");
  });

  test("pastes from its clipboard, in the layout that is chosen", async () => {
    await inControl();
    await firefox.click("bar-paste");
    await firefox.choose("paste-layout", "us");
    await firefox.fill("paste-text", "From the clipboard: #1");
    const control = (...keys: string[]) => [`+${KEYS.control}`, ...keys.flatMap((key) => [`+${key}`, `-${key}`]), `-${KEYS.control}`];
    await firefox.keys([...control("a", "x"), ...control("v")]);
    await firefox.click("paste-begin");
    await firefox.shows('[data-testid="paste-how"][data-phase="done"]');
    await simulator.typed("From the clipboard: #1");
    await firefox.choose("paste-layout", "de");
    await firefox.click("paste-text");
    await firefox.keys(control("a"));
    await firefox.type("Zyx");
    await firefox.click("paste-begin");
    await simulator.typed("Yzx");
    await firefox.choose("paste-layout", "us");
    await firefox.click("paste-close");
    await simulator.until("keys none");
  });

  test("types from a field, where a keyboard tells of no keys", async () => {
    await inControl();
    await firefox.click("bar-keyboard");
    await firefox.shows('[data-testid="osk-KeyZ"]');
    await firefox.click("osk-own");
    await firefox.type("ab");
    await firefox.keys([`+${KEYS.backspace}`, `-${KEYS.backspace}`, `+${KEYS.enter}`, `-${KEYS.enter}`, `+${KEYS.backspace}`, `-${KEYS.backspace}`]);
    await simulator.typed("ab\b\n\b");
    await firefox.click("osk-close");
    await simulator.until("keys none");
  });

  test("lets go of everything when another tab comes to the front, and goes on afterwards", async () => {
    await inControl();
    await firefox.keys([`+${KEYS.shift}`, "+a"]);
    await simulator.until(`keys ${A},${LEFT_SHIFT}`);
    await firefox.inAnotherTab(() => simulator.until("keys none"));
    await firefox.keys(["-a", `-${KEYS.shift}`]);
    await firefox.focus("stage");
    await simulator.ask("clear");
    await firefox.type("b");
    await simulator.typed("b");
    await simulator.until("keys none");
  });

  test("says that it has no Keyboard Lock, and what to do instead", async () => {
    await inControl();
    await firefox.click("bar-view");
    await firefox.shows(".menu-note");
    const note = await firefox.evaluate(() => document.querySelector<HTMLElement>(".menu-note")!.innerText);
    assert.match(note, /no Keyboard Lock.*Keys menu/);
    await firefox.click("bar-view");
  });

  test("holds the mouse for a target that reads the relative one", async () => {
    await inControl();
    await simulator.ask("busy absolute");
    const before = await simulator.ask("pointer");
    await firefox.moveOver("stage", 0.4);
    await firefox.moveOver("stage", 0.5);
    await firefox.shows('[data-testid="situation"][data-state="hold"]');
    await firefox.click("stage");
    await firefox.shows('[data-testid="situation"][data-state="none"]');
    await firefox.moveOver("stage", 0.6);
    const after = await simulator.ask("pointer");
    assert.notDeepEqual([after["x"], after["y"]], [before["x"], before["y"]]);
    await firefox.evaluate(() => document.exitPointerLock());
    await simulator.ask("busy off");
    await inControl();
  });

  test("comes back after the appliance went away with a key held, and types again", async () => {
    await inControl();
    await firefox.keys(["+a"]);
    await simulator.until(`keys ${A}`);
    await simulator.stop();
    await firefox.shows('[data-testid="situation"][data-state="restarting"], [data-testid="situation"][data-state="lost"]');
    await firefox.keys(["-a"]);
    await simulator.startAgain();
    await firefox.shows('[data-testid="expired"]', 30_000);
    await firefox.fill("login-password", PASSWORD);
    await firefox.keys([`+${KEYS.enter}`, `-${KEYS.enter}`]);
    await inControl();
    await firefox.type("back");
    await simulator.typed("back");
    await simulator.until("keys none");
  });
});
