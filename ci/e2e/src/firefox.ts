// Debian's Firefox over WebDriver BiDi (W3C), with one page in it: as much of the protocol as the tests need. Playwright drives Firefox builds
// of its own, and asks Debian's for commands that an extended support release does not have.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { DESKTOP } from "./browser.js";
import { Program } from "./program.js";

const START_LIMIT_MS = 30_000;
const WAIT_MS = 15_000;

/** What goes beyond the remote agent's own choice. Nothing leaves this machine: what is not for it goes to a port where nobody is. */
const PREFERENCES = {
  "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9, "network.proxy.ssl": "127.0.0.1",
  "network.proxy.ssl_port": 9, "network.proxy.no_proxies_on": "127.0.0.1",
  // A mouse; without a screen Firefox has none.
  "ui.primaryPointerCapabilities": 6, "ui.allPointerCapabilities": 6,
  "network.captive-portal-service.enabled": false, "network.connectivity-service.enabled": false,
};

/** How WebDriver writes keys that are no characters (WebDriver, Actions, table of normalised keys). */
export const KEYS = {
  backspace: "\uE003", tab: "\uE004", enter: "\uE007", shift: "\uE008", control: "\uE009", alt: "\uE00A", escape: "\uE00C",
  meta: "\uE03D", rightControl: "\uE051", rightAlt: "\uE052", f5: "\uE035",
} as const;

/** Tests take the appliance away. */
const TOLD_BY_THE_BROWSER = /(establish a connection to the server at|The connection to) wss:/;

type Message = Record<string, any>;

export class Firefox {
  /** What the page threw or logged as an error. */
  readonly faults: string[] = [];
  readonly #waiting = new Map<number, { done: (result: Message) => void; failed: (error: Error) => void }>();
  #last = 0;
  #context = "";

  private constructor(
    private readonly program: Program,
    private readonly socket: WebSocket,
    private readonly profile: string,
  ) {
    socket.on("message", (data) => this.#heard(JSON.parse(String(data)) as Message));
  }

  static async start(): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), "farseat-firefox-"));
    const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
    writeFileSync(join(profile, "user.js"), lines.join(""));
    // With an empty page the address bar would have the focus, and only a document that has it may hold the mouse.
    const first = "data:text/html,farseat";
    const command = [process.env["FIREFOX"] ?? "/usr/bin/firefox-esr", "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", first];
    // It says where it listens on standard error.
    const program = new Program("/bin/sh", ["-c", 'exec "$@" 2>&1', "sh", ...command]);
    const address = await program.line((line) => /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(line)?.[1], START_LIMIT_MS);
    const socket = new WebSocket(`${address}/session`);
    await new Promise((open, failed) => socket.once("open", open).once("error", failed));
    const firefox = new Firefox(program, socket, profile);
    await firefox.#begin();
    return firefox;
  }

  async end(): Promise<void> {
    this.socket.close();
    await this.program.end();
    rmSync(this.profile, { recursive: true, force: true });
    assert.deepEqual(this.faults, []);
  }

  async open(url: string): Promise<void> {
    await this.say("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  /** Runs in the page; arguments and result are JSON. */
  async evaluate<A extends readonly unknown[], T>(work: (...args: A) => T | Promise<T>, ...args: A): Promise<T> {
    const functionDeclaration = `async () => JSON.stringify((await (${work})(...${JSON.stringify(args)})) ?? null)`;
    const answer = await this.say("script.callFunction", { functionDeclaration, awaitPromise: true, target: { context: this.#context } });
    if (answer["type"] === "exception") throw new Error(`${answer["exceptionDetails"].text}\nin ${work}`);
    return JSON.parse(answer["result"].value) as T;
  }

  /** Until something on the page matches; looks again with each picture that the page paints. */
  async shows(selector: string, limitMs = WAIT_MS): Promise<void> {
    const shown = await this.evaluate(async (selector, limitMs) => {
      const limit = performance.now() + limitMs;
      while (!document.querySelector(selector)) {
        if (performance.now() > limit) return document.body.innerText;
        await new Promise((painted) => requestAnimationFrame(painted));
      }
      return null;
    }, selector, limitMs);
    assert.ok(shown === null, `the page never had ${selector}; it says:\n${shown}`);
  }

  /** With the mouse, in its middle, as soon as it stands still and nothing covers it. */
  async click(testId: string): Promise<void> {
    await this.shows(`[data-testid="${testId}"]:not(:disabled)`);
    const place = await this.evaluate(async (testId, limitMs) => {
      const limit = performance.now() + limitMs;
      let last = "";
      while (performance.now() < limit) {
        const part = document.querySelector(`[data-testid="${testId}"]`);
        part?.scrollIntoView({ block: "nearest" });
        const { left, top, width, height } = part?.getBoundingClientRect() ?? new DOMRect();
        const place = [Math.round(left + width / 2), Math.round(top + height / 2)] as const;
        if (last === String(place) && part?.contains(document.elementFromPoint(...place))) return place;
        last = String(place);
        await new Promise((painted) => requestAnimationFrame(painted));
      }
      return null;
    }, testId, WAIT_MS);
    assert.ok(place, `${testId} is covered, or never stands still`);
    const [x, y] = place;
    const steps = [{ type: "pointerMove", x, y }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }];
    await this.#perform({ type: "pointer", id: "mouse", actions: steps });
  }

  /** With the mouse, to this part of its width. */
  async moveOver(testId: string, part: number): Promise<void> {
    const [x, y] = await this.evaluate((testId, part) => {
      const { left, top, width, height } = document.querySelector(`[data-testid="${testId}"]`)!.getBoundingClientRect();
      return [Math.round(left + width * part), Math.round(top + height / 2)] as const;
    }, testId, part);
    await this.#perform({ type: "pointer", id: "mouse", actions: [{ type: "pointerMove", x, y }] });
  }

  async focus(testId: string): Promise<void> {
    await this.shows(`[data-testid="${testId}"]`);
    await this.evaluate((testId) => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`)!.focus(), testId);
  }

  /** Types there, in the place of what is there. */
  async fill(testId: string, text: string): Promise<void> {
    await this.focus(testId);
    await this.keys([`+${KEYS.control}`, "+a", "-a", `-${KEYS.control}`]);
    await this.type(text);
    const value = await this.evaluate((testId) => document.querySelector<HTMLInputElement>(`[data-testid="${testId}"]`)?.value, testId);
    assert.equal(value, text, testId);
  }

  /** Chooses in a list, as its keys would. */
  async choose(testId: string, value: string): Promise<void> {
    await this.shows(`[data-testid="${testId}"] option[value="${value}"]`);
    await this.evaluate((testId, value) => {
      const list = document.querySelector<HTMLSelectElement>(`[data-testid="${testId}"]`)!;
      list.value = value;
      list.dispatchEvent(new Event("change", { bubbles: true }));
    }, testId, value);
  }

  /** One key after the other; a character that needs Shift is typed with it. */
  async type(text: string): Promise<void> {
    await this.keys([...text].flatMap((key) => (/[A-Z~!@#$%^&*()_+{}|:"<>?]/.test(key) ? [`+${KEYS.shift}`, `+${key}`, `-${key}`, `-${KEYS.shift}`] : [`+${key}`, `-${key}`])));
  }

  /** "+a" = down, "-a" = up. */
  async keys(strokes: readonly string[]): Promise<void> {
    const actions = strokes.map((stroke) => ({ type: stroke[0] === "+" ? "keyDown" : "keyUp", value: stroke.slice(1) }));
    await this.#perform({ type: "key", id: "keyboard", actions });
  }

  /** Does `meanwhile` while another tab is in front. */
  async inAnotherTab(meanwhile: () => Promise<unknown>): Promise<void> {
    const { context } = await this.say("browsingContext.create", { type: "tab" });
    await meanwhile();
    await this.say("browsingContext.close", { context });
    await this.say("browsingContext.activate", { context: this.#context });
  }

  async screenshot(): Promise<Buffer> {
    return Buffer.from((await this.say("browsingContext.captureScreenshot", { context: this.#context }))["data"], "base64");
  }

  async say(method: string, params: object): Promise<Message> {
    const id = ++this.#last;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((done, failed) => this.#waiting.set(id, { done, failed: (error) => failed(new Error(`${method}: ${error.message}`)) }));
  }

  async #begin(): Promise<void> {
    await this.say("session.new", { capabilities: { alwaysMatch: { acceptInsecureCerts: true, unhandledPromptBehavior: { default: "accept" } } } });
    await this.say("session.subscribe", { events: ["log.entryAdded"] });
    this.#context = (await this.say("browsingContext.getTree", {}))["contexts"][0].context;
    await this.say("browsingContext.setViewport", { context: this.#context, viewport: DESKTOP });
  }

  async #perform(source: object): Promise<void> {
    await this.say("input.performActions", { context: this.#context, actions: [source] });
  }

  #heard(message: Message): void {
    if (message["type"] === "event") return this.#event(message);
    const waiting = this.#waiting.get(message["id"]);
    this.#waiting.delete(message["id"]);
    if (message["type"] === "success") waiting?.done(message["result"]);
    else waiting?.failed(new Error(`${message["error"]}: ${message["message"]}`));
  }

  #event({ method, params }: Message): void {
    if (method !== "log.entryAdded" || params["level"] !== "error") return;
    const text = String(params["text"]);
    if (!TOLD_BY_THE_BROWSER.test(text)) this.faults.push(text);
  }
}
