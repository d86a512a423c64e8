import { describe, expect, test } from "vitest";
import type { NetworkSettings } from "../api/network.ts";
import { type Draft, draftOf, errorsOf, refusedField, sameSettings, settingsOf } from "./form.ts";

const dhcp: NetworkSettings = { name: "farseat", method: "dhcp", address: null, router: null, dns: [], ipv6: true, ntp: ["pool.ntp.org"] };
const fixed: NetworkSettings = { ...dhcp, method: "static", address: "192.0.2.7/24", router: "192.0.2.1", dns: ["192.0.2.53", "2001:db8::53"] };

function wrong(change: Partial<Draft>, settings = fixed) {
  return errorsOf({ ...draftOf(settings), ...change });
}

test.each([dhcp, fixed])("settings survive the form: %j", (settings) => {
  expect(settingsOf(draftOf(settings))).toEqual(settings);
  expect(errorsOf(draftOf(settings))).toEqual({});
});

test("with DHCP a static address is kept for later, and nonsense is forgotten", () => {
  const draft = { ...draftOf(fixed), method: "dhcp" } as const;
  expect(settingsOf(draft)).toMatchObject({ method: "dhcp", address: fixed.address, router: fixed.router });
  const nonsense = { ...draft, address: "nonsense" };
  expect(errorsOf(nonsense)).toEqual({});
  expect(settingsOf(nonsense)).toMatchObject({ address: null, router: null, dns: fixed.dns });
});

test("lists take spaces, commas and both", () => {
  expect(settingsOf({ ...draftOf(dhcp), ntp: " a.example,b.example  c.example, " }).ntp).toEqual(["a.example", "b.example", "c.example"]);
});

describe("the address", () => {
  test.each(["10.1.2.3/8", "192.168.0.254/24", "203.0.113.1/30", "192.0.2.0/31", "192.0.2.7/32"])("%s is one", (address) => {
    expect(wrong({ address, router: "" })).toEqual({});
  });
  test.each([
    ["192.0.2.7", "network.address.prefix"],
    ["", "network.address.rule"],
    ["192.0.2.7/33", "network.address.rule"],
    ["192.0.2.300/24", "network.address.rule"],
    ["192.0.02.7/24", "network.address.rule"],
    ["2001:db8::7/64", "network.address.rule"],
    ["192.0.2.0/24", "network.address.host"],
    ["192.0.2.255/24", "network.address.host"],
    ["127.0.0.5/8", "network.address.host"],
    ["224.0.0.5/24", "network.address.host"],
    ["0.1.2.3/24", "network.address.host"],
  ])("%j: %s", (address, key) => {
    expect(wrong({ address })).toEqual({ address: key });
  });
});

describe("the router", () => {
  test("may be absent", () => {
    expect(wrong({ router: "" })).toEqual({});
  });
  test.each([
    ["198.51.100.1", "network.router.outside"],
    ["192.0.2.7", "network.router.outside"],
    ["gateway", "network.router.rule"],
  ])("%j: %s", (router, key) => {
    expect(wrong({ router })).toEqual({ router: key });
  });
  test("is looked for in the address's own subnet, high addresses too", () => {
    expect(wrong({ address: "223.255.255.7/24", router: "223.255.255.1" })).toEqual({});
  });
});

test.each(["1.2.3", "dns.example", "1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4 5.5.5.5", "2001:db8::1::2"])("%j is no list of DNS servers", (dns) => {
  expect(wrong({ dns })).toEqual({ dns: "network.dns.rule" });
});

test.each(["10.0.0", "a b c d e", "time_server", "-x.example", "x..example"])("%j is no list of time servers", (ntp) => {
  expect(wrong({ ntp })).toEqual({ ntp: "network.ntp.rule" });
});

test.each(["", "a.b.", "ntp", "2001:db8::1 192.0.2.1"])("%j is a list of time servers", (ntp) => {
  expect(wrong({ ntp })).toEqual({});
});

test.each(["", "a b", "-a", "lab.local"])("%j is no name", (name) => {
  expect(wrong({ name })).toEqual({ name: "network.name.rule" });
});

test("what differs in one thing is not the same", () => {
  expect(sameSettings(fixed, { ...fixed, dns: [...fixed.dns] })).toBe(true);
  expect(sameSettings(fixed, { ...fixed, ipv6: false })).toBe(false);
  expect(sameSettings(fixed, { ...fixed, dns: fixed.dns.slice(1) })).toBe(false);
});

test("an address is the same in any spelling", () => {
  expect(settingsOf({ ...draftOf(fixed), dns: "2001:DB8:0::53" }).dns).toEqual(["2001:db8::53"]);
  expect(sameSettings({ ...dhcp, dns: ["2001:db8:0:0::1"] }, { ...dhcp, dns: ["2001:db8::1"] })).toBe(true);
});

test("a refusal finds its field", () => {
  expect(refusedField("network.address = 1.2.3.4/40 is not allowed: an address with its prefix")).toBe("address");
  expect(refusedField("device.name = x- is not allowed: 1 to 63 letters")).toBe("name");
  expect(refusedField("time.servers = … is not allowed: …")).toBe("ntp");
  expect(refusedField("video.quality = 0 is not allowed: …")).toBeNull();
  expect(refusedField("missing field `dns` at line 1")).toBeNull();
});
