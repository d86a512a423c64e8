import { beforeEach, describe, expect, test } from "vitest";
import type { AuditApi, AuditPage, Entry } from "../api/audit.ts";
import { ApiError } from "../api/client.ts";
import { AuditLog } from "./audit.ts";

function entry(number: number, part: Partial<Entry> = {}): Entry {
  return { number, time: 1_800_000_000 + number, what: "login", who: "ada", address: "192.0.2.5", detail: "", ...part };
}

/** An appliance with so many entries, of which the oldest may be gone. */
class FakeLog implements AuditApi {
  first = 1;
  last = 120;
  broken: number | null = null;
  refusal: ApiError | null = null;
  readonly get = async (limit: number, before = this.last + 1): Promise<AuditPage> => {
    if (this.refusal) throw this.refusal;
    const newest = Math.min(before - 1, this.last);
    const entries = Array.from({ length: Math.max(0, Math.min(limit, newest - this.first + 1)) }, (_, at) => entry(newest - at));
    return { entries, total: this.last - this.first + 1, intact: this.broken === null, broken_at: this.broken };
  };
}

let appliance: FakeLog;
let log: AuditLog;
const numbers = () => log.entries.value?.map(({ number }) => number);

beforeEach(() => {
  appliance = new FakeLog();
  log = new AuditLog(appliance, ({ what, who, address }) => [what, who, address].join(" "));
});

describe("the entries", () => {
  test("come newest first, and older ones on request until there are none", async () => {
    await log.load();
    expect([numbers()![0], numbers()!.at(-1), log.more.value]).toEqual([120, 71, true]);
    await log.older();
    await log.older();
    expect([numbers()!.length, numbers()!.at(-1), log.more.value]).toEqual([120, 1, false]);
  });

  test("that were loaded stay when newer ones follow", async () => {
    await log.load();
    await log.older();
    appliance.last = 123;
    await log.load();
    expect([numbers()![0], numbers()!.length]).toEqual([123, 103]);
    expect(new Set(numbers()).size).toBe(103);
  });

  test("have no gap: what does not follow is asked for anew", async () => {
    await log.load();
    appliance.last = 500;
    await log.load();
    expect([numbers()![0], numbers()!.at(-1), log.more.value]).toEqual([500, 451, true]);
  });

  test("that were dropped meanwhile end the list", async () => {
    await log.load();
    [appliance.first, appliance.last] = [100, 400];
    await log.older();
    expect(numbers()!.length).toBeLessThan(log.total.value);
    expect(log.more.value).toBe(false);
  });

  test("are none on an appliance that is new", async () => {
    appliance.last = 0;
    await log.load();
    expect([log.entries.value, log.more.value]).toEqual([[], false]);
  });
});

test("a filter finds entries by any of their words", async () => {
  appliance.last = 3;
  await log.load();
  log.entries.value = [entry(2, { who: "bob", what: "login_refused" }), entry(1)];
  log.query.value = "BOB refused";
  expect(log.found.value.map(({ number }) => number)).toEqual([2]);
  log.query.value = "";
  expect(log.found.value).toHaveLength(2);
});

describe("a chain that does not hold", () => {
  test("is told with its place", async () => {
    await log.load();
    expect(log.brokenAt.value).toBeNull();
    appliance.broken = 17;
    await log.load();
    expect(log.brokenAt.value).toBe(17);
  });

  test("is told also when the place was not said", async () => {
    log = new AuditLog({ get: async () => ({ entries: [], total: 0, intact: false, broken_at: null }) }, String);
    await log.load();
    expect(log.brokenAt.value).toBe("somewhere");
  });
});

test("a refusal says why and leaves what is there", async () => {
  await log.load();
  appliance.refusal = new ApiError(0, "unreachable", "", 0);
  await log.older();
  expect([log.trouble.value?.code, numbers()!.length, log.busy.value]).toEqual(["unreachable", 50, false]);
});
