import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import type { Network, NetworkSettings } from "../api/network.ts";
import { NetworkPage } from "./network.ts";

const before: NetworkSettings = { name: "farseat", method: "dhcp", address: null, router: null, dns: [], ipv6: true, ntp: ["pool.ntp.org"] };
const STATIC = { method: "static", address: "192.0.2.7/24", router: "192.0.2.1" } as const;

/** An appliance with a network, as far as its API shows it. */
class FakeAppliance {
  stored = before;
  tried: NetworkSettings | null = null;
  reachable = true;
  refusal: ApiError | null = null;
  readonly calls: string[] = [];

  readonly get = async (): Promise<Network> => {
    this.#called("get");
    const settings = this.tried ?? this.stored;
    return {
      managed: true,
      settings,
      status: {
        link: "eth0",
        up: true,
        mac: null,
        addresses: settings.address ? [settings.address] : ["10.0.2.15/24"],
        router: settings.router,
        dns: [],
        source: settings.method,
        lease_ends_in_s: null,
        mdns: null,
      },
      time: { synchronized: false, server: null, offset_ms: null },
      pending: this.tried ? { confirm_within_s: 60 } : null,
    };
  };

  readonly put = async (settings: NetworkSettings) => {
    this.#called("put");
    if (this.refusal) throw this.refusal;
    this.tried = settings;
    return { confirm_within_s: 60, reach: ["https://192.0.2.7/"] };
  };

  readonly confirm = async () => {
    this.#called("confirm");
    if (!this.tried) throw new ApiError(409, "nothing_pending", "nothing is pending", 0);
    this.stored = this.tried;
    this.tried = null;
  };

  readonly revert = async () => {
    this.#called("revert");
    this.tried = null;
  };

  #called(what: string): void {
    this.calls.push(what);
    if (!this.reachable) throw new ApiError(0, "unreachable", "", 0);
  }
}

let appliance: FakeAppliance;
let page: NetworkPage;
let nowMs: number;
let timers: { atMs: number; callback: () => void }[];

/** Lets time pass, timer by timer, and each question be answered. */
async function pass(ms: number): Promise<void> {
  const end = nowMs + ms;
  for (;;) {
    await new Promise(setImmediate);
    timers.sort((a, b) => a.atMs - b.atMs);
    if (!timers[0] || timers[0].atMs > end) break;
    const { atMs, callback } = timers.shift()!;
    nowMs = atMs;
    callback();
  }
  nowMs = end;
}

beforeEach(async () => {
  appliance = new FakeAppliance();
  nowMs = 0;
  timers = [];
  page = new NetworkPage({
    api: appliance,
    nowMs: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => void (timers = timers.filter((each) => each !== timer));
    },
  });
  page.show();
  await pass(0);
});

async function applyStatic(): Promise<void> {
  page.edit(STATIC);
  await page.apply();
  await pass(0);
}

test("the fields show what the appliance has, and follow it until somebody types", async () => {
  expect(page.draft.value).toMatchObject({ name: "farseat", method: "dhcp", ntp: "pool.ntp.org" });
  appliance.stored = { ...before, name: "lab" };
  await pass(3000);
  expect(page.draft.value?.name).toBe("lab");
  page.edit({ name: "mine" });
  appliance.stored = { ...before, name: "theirs" };
  await pass(3000);
  expect(page.draft.value?.name).toBe("mine");
  expect(page.edited.value).toBe(true);
  page.discard();
  expect(page.draft.value?.name).toBe("theirs");
});

test("mistakes are told when somebody wants to apply them, and nothing is sent", async () => {
  page.edit({ ...STATIC, address: "192.0.2.7" });
  expect(page.tried.value).toBe(false);
  await page.apply();
  expect(page.tried.value).toBe(true);
  expect(page.errors.value).toEqual({ address: "network.address.prefix" });
  expect(appliance.calls).not.toContain("put");
});

test("a refusal stands at its field until it is changed", async () => {
  appliance.refusal = new ApiError(422, "invalid", "network.address = 192.0.2.7/24 is not allowed: another", 0);
  await applyStatic();
  expect(page.trouble.value).toMatchObject({ is: "refused", field: "address" });
  expect(page.change.value.is).toBe("none");
  page.edit({ address: "192.0.2.8/24" });
  expect(page.trouble.value).toBeNull();
});

describe("a change on trial", () => {
  test("is kept by itself when the page still reaches the appliance, and not before the network has settled", async () => {
    await applyStatic();
    await pass(2000);
    expect(appliance.calls).not.toContain("confirm");
    await pass(3000);
    expect(appliance.stored).toMatchObject(STATIC);
    expect(page.change.value).toEqual({ is: "kept" });
    expect(page.edited.value).toBe(false);
  });

  test("is kept even when Settings is closed meanwhile", async () => {
    await applyStatic();
    page.hide();
    await pass(6000);
    expect(appliance.stored).toMatchObject(STATIC);
    const asked = appliance.calls.length;
    await pass(60_000);
    expect(appliance.calls.length).toBe(asked);
  });

  test("that loses the appliance counts down, leads to the new address, and what was typed stays", async () => {
    await applyStatic();
    appliance.reachable = false;
    await pass(5000);
    expect(page.change.value).toMatchObject({ is: "trying", contact: "gone", reach: ["https://192.0.2.7/"] });
    expect(page.left.value).toBe(55);
    await pass(56_000);
    expect(page.left.value).toBe(0);
    appliance.tried = null;
    appliance.reachable = true;
    await pass(2000);
    expect(page.change.value).toEqual({ is: "undone", why: "late" });
    expect(page.draft.value).toMatchObject({ method: "static", address: "192.0.2.7/24" });
    expect(page.edited.value).toBe(true);
  });

  test("whose answer is lost with the old address is still followed", async () => {
    page.edit(STATIC);
    appliance.reachable = false;
    await page.apply();
    expect(page.change.value).toMatchObject({ is: "trying", reach: ["https://192.0.2.7/"] });
    expect(page.left.value).toBe(60);
  });

  test("is undone at once, and the fields show the old settings", async () => {
    await applyStatic();
    await page.revert();
    await pass(3000);
    expect(page.change.value).toEqual({ is: "undone", why: "you" });
    expect(appliance.stored).toEqual(before);
    expect(page.draft.value).toMatchObject({ method: "dhcp", address: "" });
  });

  test("cannot be decided while the appliance is silent, and the page says so", async () => {
    await applyStatic();
    appliance.reachable = false;
    await page.revert();
    expect(page.trouble.value).toEqual({ is: "unreachable" });
    expect(page.change.value.is).toBe("trying");
  });
});

describe("a change that is found", () => {
  beforeEach(() => {
    appliance.tried = { ...before, ...STATIC };
  });

  test("waits for the operator's word", async () => {
    await pass(10_000);
    expect(page.change.value.is).toBe("foreign");
    expect(appliance.calls).not.toContain("confirm");
    await page.confirm();
    expect(appliance.stored).toMatchObject(STATIC);
  });

  test("is kept without a word when a link to the new address led here", async () => {
    page.show(true);
    await pass(0);
    expect(page.change.value).toEqual({ is: "kept" });
    expect(appliance.stored).toMatchObject(STATIC);
  });

  test("that was decided meanwhile is nobody's mistake", async () => {
    await pass(3000);
    appliance.stored = appliance.tried!;
    appliance.tried = null;
    await page.confirm();
    await pass(1000);
    expect(page.trouble.value).toBeNull();
    expect(page.change.value).toEqual({ is: "none" });
  });
});

test("a page that is not seen asks nothing", async () => {
  page.hide();
  const asked = appliance.calls.length;
  await pass(60_000);
  expect(appliance.calls.length).toBe(asked);
});
