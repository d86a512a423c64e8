import { describe, expect, it } from "vitest";
import type { Wifi, WifiApi } from "../api/wifi.ts";
import { type Draft, errorsOf, isCountry, SETTLED_LOOKS, strengthOf, WifiPage } from "./wifi.ts";

const DRAFT: Draft = { name: "Attic", password: "battery staple", security: "wpa2", country: "" };
const PENDING = { joining: null, ready: true, confirm_within_s: 50 };
const WIFI = { hardware: true, state: "off", in_use: false, country: null, joined: null, own: null, known: [], found: [], looked_s_ago: null, pending: null, failure: null } as unknown as Wifi;

function rig(wifi: { now: Wifi | null }) {
  const done: string[] = [];
  const note = (what: string) => async () => void done.push(what);
  const get = async () => {
    if (!wifi.now) throw new Error("nobody answers");
    return wifi.now;
  };
  const api = { get, scan: note("scan"), join: note("join"), forget: note("forget"), country: note("country"), confirm: note("confirm"), revert: note("revert") } as unknown as WifiApi;
  return { page: new WifiPage(api, { after: () => () => {} }), done };
}

describe("the Wi-Fi page", () => {
  it("refuses what no network can have, by its field", () => {
    const keys = (draft: Partial<Draft>) => Object.keys(errorsOf({ ...DRAFT, ...draft }, true));
    expect(keys({})).toEqual([]);
    expect(keys({ name: "" })).toEqual(["name"]);
    expect(keys({ name: "ü".repeat(17) })).toEqual(["name"]);
    expect(keys({ password: "short" })).toEqual(["password"]);
    expect(keys({ password: "pässwörter" })).toEqual(["password"]);
    expect(keys({ password: "0a".repeat(32) })).toEqual([]);
    expect(keys({ password: "0a".repeat(32), security: "wpa3" })).toEqual(["password"]);
    expect(keys({ country: "DEU" })).toEqual(["country"]);
    expect(errorsOf({ ...DRAFT, name: "" }, false)).toEqual({});
    expect([isCountry("de"), isCountry(""), isCountry("d1")]).toEqual([true, true, false]);
    expect([-40, -70, -90].map(strengthOf)).toEqual(["wifi.signal.strong", "wifi.signal.fair", "wifi.signal.weak"]);
  });

  it("keeps a change that was begun here once the device was reached with it for a while", async () => {
    const wifi: { now: Wifi | null } = { now: WIFI };
    const { page, done } = rig(wifi);
    await page.change((api) => api.forget("41"));
    wifi.now = { ...WIFI, pending: { ...PENDING, ready: false } };
    for (let look = 0; look < 10; look += 1) await page.look();
    wifi.now = { ...WIFI, pending: PENDING };
    for (let look = 1; look < SETTLED_LOOKS; look += 1) await page.look();
    expect(done).toEqual(["forget"]);
    await page.look();
    expect(done).toEqual(["forget", "confirm"]);
    expect(page.kept.value).toBe(true);
  });

  it("leaves a change of somebody else alone, and says when nobody answers", async () => {
    const wifi: { now: Wifi | null } = { now: { ...WIFI, pending: PENDING } };
    const { page, done } = rig(wifi);
    for (let look = 0; look < 10; look += 1) await page.look();
    expect(done).toEqual([]);
    wifi.now = null;
    await page.look();
    expect(page.silent.value).toBe(true);
  });
});
