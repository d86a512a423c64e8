import { describe, expect, test } from "vitest";
import { type Facts, situationOf } from "./situation.ts";

const fine: Facts = {
  video: { is: "open" },
  control: { is: "open" },
  signal: "live",
  usb: "configured",
  rest: false,
  lease: { you: true, controller: { seat: "1", name: "ada" } },
  painted: true,
  mouseWaits: false,
  watches: false,
};
const lost = { is: "lost", why: "network", retryAtMs: 0 } as const;
const restarting = { is: "lost", why: "restarting", retryAtMs: 0 } as const;
const watching = { you: false, controller: { seat: "2", name: "grace" } };

function of(facts: Partial<Facts>) {
  const situation = situationOf({ ...fine, ...facts });
  return situation && [situation.id, situation.over, situation.action];
}

test("when all is well nothing is said", () => {
  expect(of({})).toBeNull();
});

describe("the connection comes first", () => {
  test.each([
    [{ video: { is: "connecting" } }, ["connecting", "cover", null]],
    [{ control: { is: "connecting" } }, ["connecting", "cover", null]],
    [{ signal: null }, ["connecting", "cover", null]],
    [{ video: lost }, ["lost", "cover", "tryNow"]],
    [{ control: lost, signal: "no_cable" }, ["lost", "cover", "tryNow"]],
    [{ control: { is: "lost", why: "off", retryAtMs: 0 } }, ["switchedOff", "cover", "tryNow"]],
    [{ control: restarting, video: { is: "connecting" } }, ["restarting", "cover", "tryNow"]],
  ] as [Partial<Facts>, unknown][])("%j", (facts, expected) => {
    expect(of(facts)).toEqual(expected);
  });

  test("an ended session is not a lost connection", () => {
    expect(of({ control: { is: "ended", why: "session" } })).toBeNull();
  });
});

describe("then the picture", () => {
  test.each([
    [{ signal: "starting" }, ["starting", "cover", null]],
    [{ painted: false }, ["starting", "cover", null]],
    [{ signal: "no_device" }, ["no_device", "cover", "tryAgain"]],
    [{ signal: "no_cable" }, ["no_cable", "cover", "tryAgain"]],
    [{ signal: "no_sync" }, ["no_sync", "cover", "tryAgain"]],
    [{ signal: "out_of_range" }, ["out_of_range", "cover", "tryAgain"]],
    [{ signal: "no_cable", usb: "suspended" }, ["asleep", "cover", "wake"]],
    [{ signal: "no_cable", usb: "suspended", lease: watching }, ["asleep", "cover", "takeControl"]],
    [{ signal: "no_cable", usb: "disconnected" }, ["off", "cover", "tryAgain"]],
    [{ signal: "no_device", usb: "suspended" }, ["no_device", "cover", "tryAgain"]],
  ] as [Partial<Facts>, unknown][])("%j", (facts, expected) => {
    expect(of(facts)).toEqual(expected);
  });
});

describe("then control", () => {
  test.each([
    [{ lease: watching }, ["taken", "notice", "takeControl"]],
    [{ lease: { you: false, controller: null } }, ["free", "notice", "takeControl"]],
    [{ usb: "no_gadget" }, ["no_gadget", "notice", "hide"]],
    [{ usb: "disconnected" }, ["usb_disconnected", "notice", "hide"]],
    [{ usb: "suspended" }, ["asleep", "notice", "wake"]],
    [{ usb: "suspended", lease: watching }, ["taken", "notice", "takeControl"]],
    [{ rest: true, mouseWaits: true }, ["keyboard_alone", "notice", "plugIn"]],
    [{ mouseWaits: true }, ["hold", "notice", "absolute"]],
    [{ lease: null }, null],
    [{ usb: null }, null],
  ] as [Partial<Facts>, unknown][])("%j", (facts, expected) => {
    expect(of(facts)).toEqual(expected);
  });
});

test("whoever is in control is named", () => {
  expect(situationOf({ ...fine, lease: watching })?.values).toEqual({ name: "grace" });
});

describe("whoever only watches", () => {
  /** He has no control connection, so nothing is known of USB and control. */
  const viewer: Partial<Facts> = { watches: true, control: { is: "ended", why: "owner" }, usb: null, lease: null };

  test("is told why, and can put that away", () => {
    expect(of(viewer)).toEqual(["viewer", "notice", "hide"]);
  });

  test("is told of a lost connection and of an absent picture, but offered nothing that he may not do", () => {
    expect(of({ ...viewer, video: lost })).toEqual(["lost", "cover", "tryNow"]);
    expect(of({ ...viewer, signal: "no_cable" })).toEqual(["no_cable", "cover", "tryAgain"]);
    expect(of({ ...viewer, signal: "no_cable", usb: "suspended" })).toEqual(["asleep", "cover", null]);
  });
});
