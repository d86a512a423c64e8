import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import type { Answer, Job, Update, UpdateApi } from "../api/update.ts";
import { BACK, CHANNEL, CONFIRMED, job, QUIET, slotB, TRIAL } from "./fixtures.ts";
import type { Journey } from "./journey.ts";
import { UpdatePage } from "./page.ts";

interface Sent {
  readonly from: number;
  readonly size: number;
  readonly restart: boolean;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

const GONE = new ApiError(0, "unreachable", "", 0);

/** An appliance with two slots, as far as its API shows it. */
class FakeAppliance implements UpdateApi {
  says: Answer = QUIET;
  reachable = true;
  /** At most 20 times, so that a page in a rush ends. */
  cutsUploads = false;
  /** What it answers to the next order. */
  refusal: ApiError | null = null;
  readonly calls: string[] = [];
  readonly sent: Sent[] = [];

  get job(): Job | null {
    return this.says.job;
  }
  set job(job: Job | null) {
    this.says = { ...this.says, job };
  }

  readonly get = async () => {
    this.#called("get");
    return this.says;
  };
  readonly put = (bundle: Blob, from: number, restart: boolean, signal: AbortSignal) => {
    this.calls.push(`put ${from}`);
    return new Promise<void>((done, fail) => {
      this.sent.push({ from, size: bundle.size, restart, done, fail });
      signal.addEventListener("abort", () => fail(GONE));
      if (!this.reachable || (this.cutsUploads && this.sent.length < 20)) fail(GONE);
    });
  };
  readonly url = async (url: string, restart: boolean) => this.#ordered(`url ${url} ${restart}`);
  readonly channel = async (restart: boolean) => this.#ordered(`channel ${restart}`);
  readonly cancel = async () => this.#ordered("cancel");
  readonly trial = async () => this.#ordered("trial");
  readonly check = async () => {
    this.#ordered("check");
    return this.says;
  };

  get orders(): string[] {
    return this.calls.filter((call) => call !== "get");
  }

  #called(what: string): void {
    this.calls.push(what);
    if (!this.reachable) throw GONE;
  }
  #ordered(what: string): void {
    this.#called(what);
    const { refusal } = this;
    this.refusal = null;
    if (refusal) throw refusal;
  }
}

const bundle = new Blob([new Uint8Array(1000)]);
let appliance: FakeAppliance;
let page: UpdatePage;
let nowMs: number;
let timers: { atMs: number; callback: () => void }[];
let kept: Journey | null;
let readable: boolean;

function open(journey: Journey | null = null): UpdatePage {
  return new UpdatePage(
    {
      api: appliance,
      nowMs: () => nowMs,
      after(delayMs, callback) {
        const timer = { atMs: nowMs + delayMs, callback };
        timers.push(timer);
        return () => (timers = timers.filter((each) => each !== timer));
      },
      readable: async () => readable,
      keep: (journey) => (kept = journey),
    },
    journey,
  );
}

/** Every question is answered. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

/** So much time goes by. */
async function pass(ms: number): Promise<void> {
  const endMs = nowMs + ms;
  await settle();
  for (;;) {
    const next = timers.filter(({ atMs }) => atMs <= endMs).sort((one, two) => one.atMs - two.atMs)[0];
    if (!next) break;
    timers = timers.filter((each) => each !== next);
    nowMs = Math.max(nowMs, next.atMs);
    next.callback();
    await settle();
  }
  nowMs = endMs;
}

beforeEach(async () => {
  appliance = new FakeAppliance();
  nowMs = 1_000_000;
  timers = [];
  kept = null;
  readable = true;
  page = open();
  page.show();
  await pass(0);
});

/** Chooses the bundle and has it sent. */
async function upload(): Promise<Sent> {
  page.choose("farseat-1.2.3.farseat", bundle);
  void page.install();
  await settle();
  return appliance.sent.at(-1)!;
}

test("the appliance is asked now and then while somebody looks, and every second while something goes on", async () => {
  appliance.calls.length = 0;
  await pass(10_000);
  expect(appliance.calls).toHaveLength(2);
  appliance.job = job("transferring", { source: "url" });
  await pass(5000);
  appliance.calls.length = 0;
  await pass(5000);
  expect(appliance.calls).toHaveLength(5);
});

test("a page that nobody looks at asks nothing, unless something goes on", async () => {
  page.hide();
  appliance.calls.length = 0;
  await pass(60_000);
  expect(appliance.calls).toEqual([]);
  page.show();
  appliance.job = job("transferring", { source: "url" });
  await pass(6000);
  page.hide();
  await pass(3000);
  appliance.says = { ...QUIET, job: job("canceled") };
  await pass(3000);
  appliance.calls.length = 0;
  await pass(60_000);
  expect(appliance.calls).toEqual([]);
});

describe("an upload", () => {
  test("waits for a word, then sends all of the file", async () => {
    page.choose("farseat-1.2.3.farseat", bundle);
    await pass(6000);
    expect(appliance.sent).toEqual([]);
    void page.install();
    await settle();
    expect(appliance.sent).toMatchObject([{ from: 0, size: 1000, restart: true }]);
    expect(page.delivery.value.is).toBe("sending");
  });

  test("tells the appliance not to restart when the owner wants that", async () => {
    page.restart.value = false;
    expect(await upload()).toMatchObject({ restart: false });
  });

  test("ends with the restart, and the file is forgotten", async () => {
    const sent = await upload();
    appliance.job = job("transferring");
    await pass(2000);
    expect(page.state.value).toBe("transferring");
    appliance.says = { ...QUIET, job: job("installed"), slots: slotB("installed") };
    sent.done();
    await pass(1000);
    expect([page.state.value, page.bundle.value, page.sending.value]).toEqual(["leaving", null, false]);
  });

  test("after another one keeps its file", async () => {
    appliance.says = { ...QUIET, job: job("installed", { id: 6, restart: false }), slots: slotB("installed") };
    page.choose("farseat-1.2.4.farseat", bundle);
    await pass(6000);
    expect(page.bundle.value).not.toBeNull();
    void page.install();
    await pass(1000);
    expect([page.bundle.value?.name, page.delivery.value.is]).toEqual(["farseat-1.2.4.farseat", "sending"]);
  });

  test("whose last answer was lost has forgotten its file when it is installed", async () => {
    const sent = await upload();
    appliance.job = job("verifying", { restart: false });
    await pass(1000);
    sent.fail(GONE);
    appliance.says = { ...QUIET, job: job("installed", { restart: false }), slots: slotB("installed") };
    await pass(2000);
    expect([page.state.value, page.bundle.value, page.trouble.value]).toEqual(["installed", null, null]);
  });

  test("that breaks off goes on by itself where the appliance wants it", async () => {
    const sent = await upload();
    appliance.job = job("transferring", { fetched: 400, restart: false });
    await pass(1000);
    appliance.reachable = false;
    sent.fail(GONE);
    await pass(5000);
    expect(page.silent.value).toBe(true);
    appliance.job = job("transferring", { fetched: 400, resume_at: 384, restart: false });
    appliance.reachable = true;
    await pass(1000);
    expect(appliance.orders).toEqual(["put 0", "put 384"]);
    expect(appliance.sent[1]).toMatchObject({ restart: false });
    expect(page.trouble.value).toBeNull();
  });

  test("waits for the same file when the page was loaded anew", async () => {
    appliance.job = job("transferring", { resume_at: 384 });
    await pass(5000);
    expect(page.delivery.value.is).toBe("ask");
    page.choose("other", new Blob(["x"]));
    expect(page.delivery.value.is).toBe("other");
    page.choose("farseat-1.2.3.farseat", bundle);
    expect(appliance.orders).toEqual(["put 384"]);
  });

  test("over a connection that only the page still believes in is begun anew", async () => {
    await upload();
    appliance.job = job("transferring", { resume_at: 384 });
    await pass(3000);
    expect(appliance.orders).toEqual(["put 0"]);
    await pass(4000);
    expect(appliance.orders).toEqual(["put 0", "put 384"]);
  });

  test("that was refused is told by its job, once", async () => {
    const sent = await upload();
    appliance.job = job("failed", { error: { code: "wrong_signature", message: "no", next: "Get another." } });
    sent.fail(new ApiError(422, "wrong_signature", "no", 0));
    await pass(1000);
    expect([page.state.value, page.trouble.value]).toEqual(["failed", null]);
    expect(page.canRetry).toBe(true);
  });

  test("that was refused without a job says why and keeps the file", async () => {
    const sent = await upload();
    sent.fail(new ApiError(409, "busy", "another installation is under way", 0, "Wait."));
    await pass(1000);
    expect(page.trouble.value).toEqual({ is: "refused", message: "another installation is under way", next: "Wait." });
    expect(page.bundle.value).not.toBeNull();
  });

  test("whose rest was refused is not tried again and again", async () => {
    appliance.job = job("transferring", { resume_at: 384 });
    await pass(5000);
    page.choose("farseat-1.2.3.farseat", bundle);
    appliance.sent[0]!.fail(new ApiError(422, "malformed", "no", 0));
    await pass(10_000);
    expect(appliance.sent).toHaveLength(1);
    expect(page.delivery.value.is).toBe("ask");
    page.choose("farseat-1.2.3.farseat", bundle);
    expect(appliance.sent).toHaveLength(2);
  });

  test("for whose rest nobody entered the password waits for a word", async () => {
    appliance.job = job("transferring", { resume_at: 384 });
    await pass(5000);
    page.choose("farseat-1.2.3.farseat", bundle);
    appliance.sent[0]!.fail(new ApiError(403, "confirm", "", 0));
    await pass(10_000);
    expect(page.trouble.value).toEqual({ is: "unproved" });
    expect([appliance.sent.length, page.delivery.value.is]).toEqual([1, "ask"]);
  });

  test("that never reached the appliance says so", async () => {
    appliance.reachable = false;
    await upload();
    await pass(1000);
    appliance.reachable = true;
    await pass(5000);
    expect(page.trouble.value).toEqual({ is: "unreachable" });
    expect(page.bundle.value).not.toBeNull();
  });

  test("that fails as soon as it is begun is not tried in a rush", async () => {
    appliance.job = job("transferring", { resume_at: 384 });
    await pass(5000);
    page.choose("farseat-1.2.3.farseat", bundle);
    appliance.cutsUploads = true;
    appliance.sent[0]!.fail(GONE);
    await pass(5000);
    expect(appliance.sent.length).toBeGreaterThan(3);
    expect(appliance.sent.length).toBeLessThan(8);
  });

  test("of a file that is gone asks for it again", async () => {
    const sent = await upload();
    readable = false;
    sent.fail(GONE);
    await pass(1000);
    expect([page.trouble.value, page.bundle.value]).toEqual([{ is: "unreadable" }, null]);
  });

  test("waits for the login when the session has ended", async () => {
    const sent = await upload();
    appliance.job = job("transferring", { resume_at: 384 });
    sent.fail(new ApiError(401, "no_session", "log in first", 0));
    await pass(1000);
    expect(page.trouble.value).toBeNull();
    expect(appliance.orders).toEqual(["put 0", "put 384"]);
  });

  test("is canceled at both ends", async () => {
    await upload();
    appliance.job = job("transferring");
    await pass(1000);
    void page.cancel();
    appliance.job = job("canceled");
    await pass(1000);
    expect(appliance.orders).toEqual(["put 0", "cancel"]);
    expect([page.sending.value, page.state.value]).toEqual([false, "canceled"]);
    page.dismiss();
    expect(page.state.value).toBe("none");
  });
});

describe("other sources", () => {
  test("an address is trimmed, and nothing is asked of an empty one", async () => {
    page.url.value = "  ";
    await page.installUrl();
    page.url.value = " https://example.org/x.farseat ";
    page.restart.value = false;
    await page.installUrl();
    expect(appliance.orders).toEqual(["url https://example.org/x.farseat false"]);
  });

  test("the same is tried once more", async () => {
    await page.installLatest();
    appliance.job = job("failed", { source: "channel" });
    await pass(5000);
    expect(page.state.value).toBe("failed");
    void page.retry();
    appliance.job = job("opening", { source: "channel" });
    await pass(0);
    expect(appliance.orders).toEqual(["channel true", "channel true"]);
    expect(page.state.value).toBe("opening");
  });

  test("a failure that this page did not order cannot be repeated from here", async () => {
    appliance.job = job("failed", { source: "card" });
    await pass(5000);
    expect([page.state.value, page.canRetry]).toEqual(["failed", false]);
  });

  test("what the channel says is there at once", async () => {
    const latest = { version: "1.2.3", notes: "", created: 1, size: 1, newer: true };
    appliance.says = { ...QUIET, channel: { ...CHANNEL, latest } };
    const checked = page.check();
    expect(page.checking.value).toBe(true);
    await checked;
    expect([page.checking.value, page.update.value?.channel.latest]).toEqual([false, latest]);
  });

  test("an order that does not arrive is told", async () => {
    appliance.reachable = false;
    await page.installLatest();
    expect(page.trouble.value).toEqual({ is: "unreachable" });
  });
});

describe("a restart", () => {
  const good: Update = { ...QUIET, slots: slotB("good") };

  beforeEach(async () => {
    appliance.says = good;
    await pass(5000);
  });

  test("is followed through silence and login to the trial and its end", async () => {
    await page.trial();
    expect(page.state.value).toBe("leaving");
    appliance.reachable = false;
    await pass(20_000);
    expect(page.state.value).toBe("away");
    expect(page.nowMs.value - page.journey.value!.sinceMs).toBeGreaterThan(15_000);
    appliance.says = TRIAL;
    appliance.reachable = true;
    await pass(1000);
    expect([page.state.value, page.outdated.value]).toEqual(["trial", true]);
    appliance.says = CONFIRMED;
    await pass(1000);
    expect(page.state.value).toBe("confirmed");
    page.dismiss();
    expect([page.state.value, kept]).toEqual(["none", null]);
  });

  test("is not decided by a system that does not know its slots yet", async () => {
    await page.trial();
    appliance.reachable = false;
    await pass(2000);
    appliance.says = { ...QUIET, available: false, unavailable: "has not answered yet", slots: null, running: null, primary: null };
    appliance.reachable = true;
    await pass(2000);
    expect([page.state.value, page.unavailable.value, page.silent.value]).toEqual(["away", "has not answered yet", false]);
    appliance.says = TRIAL;
    await pass(1000);
    expect([page.state.value, page.unavailable.value]).toEqual(["trial", null]);
  });

  test("that fails ends where it began", async () => {
    await page.trial();
    appliance.reachable = false;
    await pass(2000);
    appliance.says = BACK;
    appliance.reachable = true;
    await pass(1000);
    expect([page.state.value, page.outdated.value]).toEqual(["back", false]);
  });

  test("that is refused says why and begins nothing", async () => {
    appliance.refusal = new ApiError(409, "flag", "the board's boot firmware did not take the order", 0);
    await page.trial();
    expect(page.trouble.value?.is).toBe("refused");
    expect(page.state.value).toBe("none");
  });

  test("is still known when the page was loaded anew", async () => {
    await page.trial();
    const again = open(kept);
    expect(again.state.value).toBe("leaving");
    appliance.says = BACK;
    again.show();
    await pass(1000);
    expect(again.state.value).toBe("back");
  });

  test("is seen through when Settings is closed", async () => {
    await page.trial();
    page.hide();
    appliance.reachable = false;
    await pass(5000);
    appliance.says = CONFIRMED;
    appliance.reachable = true;
    await pass(2000);
    expect(page.state.value).toBe("confirmed");
  });
});
