import { describe, expect, test } from "vitest";
import { type Draft, draftOf, EMPTY, errorsOf, listWith, machineOf, macOf } from "./wake.ts";

const NAS: Draft = { ...EMPTY, name: "nas", mac: "02:00:5e:10:00:01" };
const wrong = (part: Partial<Draft>, others: string[] = []) => Object.values(errorsOf({ ...NAS, ...part }, others));

test.each(["02:00:5E:10:00:01", "02-00-5e-10-00-01", "0200.5e10.0001", "02005e100001", " 02:00:5e:10:00:01 "])("%s is an address", (text) => {
  expect(macOf(text)).toBe("02:00:5e:10:00:01");
});

test.each(["", "02:00:5e:10:00", "02:00:5e:10:00:01:02", "02:00-5e:10:00:01", "zz:00:5e:10:00:01", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"])(
  "%j is none",
  (text) => {
    expect(macOf(text)).toBeNull();
  },
);

describe("a mistake is told at its field", () => {
  test.each([
    [{}, []],
    [{ name: " " }, ["wake.name.rule"]],
    [{ name: "x".repeat(65) }, ["wake.name.rule"]],
    [{ name: "a\tb" }, ["wake.name.rule"]],
    [{ mac: "02" }, ["wake.mac.rule"]],
    [{ broadcast: "192.0.2.255" }, []],
    [{ broadcast: "255.255.255.255" }, []],
    [{ broadcast: "192.0.2.256" }, ["wake.broadcast.rule"]],
    [{ broadcast: "127.0.0.1" }, ["wake.broadcast.rule"]],
    [{ broadcast: "224.0.0.1" }, ["wake.broadcast.rule"]],
    [{ broadcast: "nas.lan" }, ["wake.broadcast.rule"]],
    [{ port: "7" }, []],
    [{ port: "" }, ["wake.port.rule"]],
    [{ port: "0" }, ["wake.port.rule"]],
    [{ port: "65536" }, ["wake.port.rule"]],
    [{ port: "9.5" }, ["wake.port.rule"]],
  ] as [Partial<Draft>, string[]][])("%j", (part, expected) => {
    expect(wrong(part)).toEqual(expected);
  });

  test("a name that another machine has", () => {
    expect(wrong({}, ["nas"])).toEqual(["wake.name.taken"]);
  });
});

test("a machine comes back as it was saved", () => {
  const machine = machineOf({ ...NAS, broadcast: " 192.0.2.255", port: "7" });
  expect(machine).toEqual({ name: "nas", mac: "02:00:5e:10:00:01", broadcast: "192.0.2.255", port: 7 });
  expect(machineOf(draftOf(machine))).toEqual(machine);
  expect(machineOf(NAS)).toEqual({ name: "nas", mac: "02:00:5e:10:00:01", port: 9 });
});

test("an edited machine keeps its place, a new one comes last", () => {
  const [a, b] = [machineOf({ ...NAS, name: "a" }), machineOf({ ...NAS, name: "b" })];
  const other = machineOf({ ...NAS, name: "c" });
  expect(listWith([a, b], other, "a").map(({ name }) => name)).toEqual(["c", "b"]);
  expect(listWith([a, b], other, null).map(({ name }) => name)).toEqual(["a", "b", "c"]);
  // Somebody else has removed it meanwhile.
  expect(listWith([b], other, "a").map(({ name }) => name)).toEqual(["b", "c"]);
});
