// The face from outside: who may ask what, how much a page costs, and what its headers promise.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type APIRequestContext, type Browser, type Page, request } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { claim, live, logIn, part } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
  "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** `METHOD path` that answer without a session once the appliance is claimed; the page's own files aside. */
const OPEN = new Set(["GET /", "GET /ca.crt", "GET /api/v1/state", "POST /api/v1/claim", "POST /api/v1/session", "POST /api/v1/session/guest"]);
const LOGIN_BUDGET = 25_000;
const CONSOLE_BUDGET = 100_000;
const CONSOLE_REQUESTS = 10;

let simulator: Simulator;
let browser: Browser;
let stranger: APIRequestContext;

before(async () => {
  simulator = await Simulator.start();
  browser = await openBrowser();
  stranger = await request.newContext({ baseURL: simulator.url, ignoreHTTPSErrors: true, extraHTTPHeaders: simulator.headers });
});
after(async () => {
  await stranger.dispose();
  await browser.close();
  await simulator.stop();
});

describe("before the claim", () => {
  test("nothing but the claim page answers", async () => {
    assert.equal((await stranger.get("/")).status(), 200);
    assert.equal((await (await stranger.get("/api/v1/state")).json()).claim, "open");
    for (const path of ["/api/v1/status", "/api/v1/settings", "/api/v1/snapshot.jpg", "/api/v1/stream.mjpeg", "/api/openapi.json"]) {
      const answer = await stranger.get(path);
      assert.deepEqual([answer.status(), (await answer.json()).error.code], [403, "unclaimed"], path);
    }
    assert.equal((await stranger.post("/api/v1/session", { data: { username: "admin", password: "admin" } })).status(), 403);
  });
});

describe("after the claim", () => {
  let paths: Record<string, Record<string, unknown>>;

  before(async () => {
    const page = await openPage(browser, simulator.url);
    await claim(page);
    paths = (await (await page.request.get("/api/openapi.json")).json()).paths;
    await closePage(page);
  });

  test("without a session every route but the allow-list is refused", async () => {
    const answered: string[] = [];
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods).filter((name) => /^(get|post|put|patch|delete)$/.test(name))) {
        const route = `${method.toUpperCase()} ${path}`;
        const answer = await stranger.fetch(path, { method, data: method === "get" ? undefined : {} });
        if (answer.status() !== 401) answered.push(route);
      }
    }
    const open = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((name) => `${name.toUpperCase()} ${path}`));
    assert.deepEqual(answered.sort(), open.filter((route) => OPEN.has(route)).sort());
    assert.ok(answered.includes("GET /api/v1/state"), "the walk has looked");
  });

  test("a suffix or a strange path opens nothing", async () => {
    for (const path of ["/api/v1/status.js", "/api/v1/status/.css", "/api/v1/settings?x=.svg", "/api/v1/../v1/status", "/%2e%2e/etc/passwd", "/api/v1/status/"]) {
      const status = (await stranger.get(path)).status();
      assert.ok([401, 403, 404].includes(status), `${path}: ${status}`);
    }
  });

  test("a socket does not open without a session", async () => {
    const page = await openPage(browser, simulator.url);
    for (const path of ["/api/v1/video", "/api/v1/control"]) {
      const opened = await page.evaluate(
        (path) =>
          new Promise((told) => {
            const socket = new WebSocket(`wss://${location.host}${path}`);
            socket.onopen = () => told("opened");
            socket.onerror = () => told("refused");
          }),
        path,
      );
      assert.equal(opened, "refused", path);
    }
    await closePage(page);
  });

  test("another site cannot act in the operator's name", async () => {
    const page = await openPage(browser, simulator.url);
    await logIn(page);
    await live(page);
    const answer = await page.request.delete("/api/v1/session", { headers: { Origin: "https://elsewhere.example" } });
    assert.equal(answer.status(), 403);
    assert.equal((await page.request.get("/api/v1/session")).status(), 200, "still logged in");
    await closePage(page);
  });

  test("a second claim is refused", async () => {
    const answer = await stranger.post("/api/v1/claim", { data: { username: "eve", password: "correct horse battery" } });
    assert.equal(answer.status(), 409);
  });

  test("the page comes with the strict content security policy and never breaks it", async () => {
    const answer = await stranger.get("/");
    assert.equal(answer.headers()["content-security-policy"], CSP);
    assert.equal(answer.headers()["x-content-type-options"], "nosniff");
    // That it does not break it is what closePage asserts for every page of every test.
  });

  test("the login page costs at most 25 kB", async () => {
    const cost = await costOf("login", async (page) => part(page, "login").waitFor());
    assert.ok(cost.bytes > 1000 && cost.bytes <= LOGIN_BUDGET, `${cost.bytes} bytes: ${cost.urls.join(" ")}`);
  });

  test("the console is interactive after at most 100 kB and ten requests", async () => {
    const cost = await costOf("console", async (page) => {
      await logIn(page);
      await live(page);
    });
    assert.ok(cost.bytes > 1000 && cost.bytes <= CONSOLE_BUDGET, `${cost.bytes} bytes: ${cost.urls.join(" ")}`);
    assert.ok(cost.urls.length <= CONSOLE_REQUESTS, `${cost.urls.length} requests: ${cost.urls.join(" ")}`);
  });

  test("the page's files are kept by the browser and named by their content", async () => {
    const first = await stranger.get("/");
    const etag = first.headers()["etag"];
    assert.ok(etag && !etag.startsWith("W/"), "a strong ETag");
    assert.equal((await stranger.get("/", { headers: { "If-None-Match": etag } })).status(), 304);
  });
});

/** What a visit to the page brings, each file packed as gzip packs it. */
async function costOf(what: string, visit: (page: Page) => Promise<unknown>): Promise<{ bytes: number; urls: string[] }> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const files: Promise<number>[] = [];
  const urls: string[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).protocol !== "https:") return;
    urls.push(new URL(response.url()).pathname);
    files.push(response.body().then((body) => gzipSync(body).length, () => 0));
  });
  await page.goto(simulator.url);
  await visit(page);
  const bytes = (await Promise.all(files)).reduce((sum, file) => sum + file, 0);
  await context.close();
  console.log(`${what}: ${bytes} bytes packed, ${urls.length} requests`);
  return { bytes, urls };
}
