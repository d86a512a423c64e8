import { describe, expect, test } from "vitest";
import type { Network, NetworkSettings } from "../api/network.ts";
import { type Change, isUnderWay, keepsByItself, type News, NONE, secondsLeft, SETTLE_MS, step } from "./change.ts";

const before: NetworkSettings = { name: "farseat", method: "dhcp", address: null, router: null, dns: [], ipv6: true, ntp: [] };
const wanted: NetworkSettings = { ...before, method: "static", address: "192.0.2.7/24", router: "192.0.2.1" };
const accepted = { confirm_within_s: 60, reach: ["https://192.0.2.7/"] };

function network(settings: NetworkSettings, pending: number | null, source: Network["status"]["source"] = settings.method): Network {
  return {
    managed: true,
    settings,
    status: {
      link: "eth0",
      up: true,
      mac: "02:00:00:00:00:01",
      addresses: settings.address ? [settings.address] : ["10.0.2.15/24"],
      router: settings.router,
      dns: [],
      source,
      lease_ends_in_s: null,
      mdns: null,
    },
    time: { synchronized: true, server: null, offset_ms: 0 },
    pending: pending === null ? null : { confirm_within_s: pending },
  };
}

function after(...news: News[]): Change {
  return news.reduce(step, NONE);
}

const apply: News = { type: "apply", wanted };
const tried: News = { type: "accepted", accepted, nowMs: 1000 };
const silence: News = { type: "silence" };
const answer = (network: Network, nowMs: number): News => ({ type: "answered", network, nowMs });
const LATER = 1000 + SETTLE_MS;

describe("a change that this page made", () => {
  test("is on trial as long as the appliance says", () => {
    const change = after(apply, tried);
    expect(change).toMatchObject({ is: "trying", reach: accepted.reach, contact: "yet" });
    expect(secondsLeft(change, 1000)).toBe(60);
    expect(secondsLeft(change, 31_500)).toBe(30);
    expect(secondsLeft(change, 99_000)).toBe(0);
  });

  test("an answer that may be the old network's is not trusted", () => {
    const seen = network(wanted, 59);
    const change = after(apply, tried, answer(seen, 1500));
    expect(change).toMatchObject({ contact: "yet" });
    expect(keepsByItself(change, seen)).toBe(false);
  });

  test("is kept without asking when the page still reaches the appliance and the link has it", () => {
    const seen = network(wanted, 57);
    const change = after(apply, tried, answer(seen, LATER));
    expect(keepsByItself(change, seen)).toBe(true);
    expect(step(change, { type: "confirmed" })).toEqual({ is: "kept" });
  });

  test("is not kept while the link does not have it", () => {
    const seen = network(wanted, 57, "dhcp");
    expect(keepsByItself(after(apply, tried, answer(seen, LATER)), seen)).toBe(false);
    const other = { ...network(wanted, 57), status: { ...network(wanted, 57).status, addresses: ["192.0.2.8/24"] } };
    expect(keepsByItself(after(apply, tried, answer(other, LATER)), other)).toBe(false);
  });

  test("silence shows that the page has lost the appliance, an answer that it is back", () => {
    const lost = after(apply, tried, silence);
    expect(lost).toMatchObject({ contact: "gone" });
    expect(step(lost, answer(network(wanted, 50), 1200))).toMatchObject({ contact: "here" });
  });

  test("that nobody kept in time is undone", () => {
    expect(after(apply, tried, silence, answer(network(before, null), 70_000))).toEqual({ is: "undone", why: "late" });
  });

  test("that was kept at the new address is kept here too", () => {
    expect(after(apply, tried, silence, answer(network(wanted, null), 30_000))).toEqual({ is: "kept" });
  });

  test("is undone at once when the operator says so", () => {
    expect(after(apply, tried, { type: "reverted" })).toEqual({ is: "undone", why: "you" });
  });

  test("that the appliance refuses leaves nothing", () => {
    expect(after(apply, { type: "refused" })).toEqual(NONE);
  });

  test("is alone: a second one waits for its end", () => {
    const change = after(apply, tried);
    expect(step(change, { type: "apply", wanted: before })).toBe(change);
    expect(isUnderWay(change)).toBe(true);
  });
});

describe("a change that this page finds", () => {
  const found = after(answer(network(wanted, 42), 1000));

  test("is shown with its time, and never kept without asking", () => {
    expect(found).toMatchObject({ is: "foreign" });
    expect(secondsLeft(found, 1000)).toBe(42);
    expect(keepsByItself(found, network(wanted, 42))).toBe(false);
  });

  test("goes when it is decided elsewhere", () => {
    expect(step(found, answer(network(before, null), 2000))).toEqual(NONE);
  });

  test("can be kept or undone from here", () => {
    expect(step(found, { type: "confirmed" })).toEqual({ is: "kept" });
    expect(step(found, { type: "reverted" })).toEqual({ is: "undone", why: "you" });
  });

  test("replaces an old result", () => {
    expect(step({ is: "kept" }, answer(network(wanted, 42), 1000))).toMatchObject({ is: "foreign" });
  });
});

test("a result stays until it is dismissed", () => {
  const kept = step({ is: "kept" }, answer(network(wanted, null), 1000));
  expect(kept).toEqual({ is: "kept" });
  expect(step(kept, { type: "dismissed" })).toEqual(NONE);
});

test("what is under way cannot be dismissed", () => {
  const change = after(apply, tried);
  expect(step(change, { type: "dismissed" })).toBe(change);
});
