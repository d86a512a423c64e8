import { beforeEach, describe, expect, test } from "vitest";
import type { Socket } from "../net/socket.ts";
import { Outcome, Page, type PointerMode } from "../protocol/control.ts";
import { Control } from "./control.ts";

let sent: Uint8Array[];
let backlog: number;
let nowMs: number;
let mode: PointerMode;
let control: Control;

const key = { type: "key", usage: { page: Page.Keyboard, id: 4 }, down: true } as const;
const move = { type: "moveTo", x: 1, y: 1 } as const;

beforeEach(() => {
  sent = [];
  backlog = 0;
  nowMs = 0;
  mode = "absolute";
  const socket = {
    get backlog() {
      return backlog;
    },
    send(bytes: Uint8Array) {
      sent.push(bytes);
      return true;
    },
  } as unknown as Socket;
  control = new Control(() => socket, () => nowMs, () => mode);
});

function open(inControl = true): void {
  control.linkChanged({ is: "open" });
  control.received(JSON.stringify({ type: "lease", you: inControl, controller: { seat: "1", name: "ada" } }));
}

/** kind and sequence number of everything sent */
const told = () => sent.map((bytes) => [bytes[0], new DataView(bytes.buffer).getUint32(1, true)]);

function acknowledge(sequence: number, outcome = Outcome.Accepted): void {
  const bytes = new Uint8Array(6);
  bytes[0] = 0x81;
  bytes[5] = outcome;
  new DataView(bytes.buffer).setUint32(1, sequence, true);
  control.received(bytes.buffer);
}

describe("sending", () => {
  test("a new connection starts at 1 and first says where the mouse goes", () => {
    mode = "relative";
    open();
    control.act([key]);
    expect(told()).toEqual([[0x0a, 1], [0x01, 2]]);
    expect(sent[0]![5]).toBe(1);
    control.linkChanged({ is: "lost", why: "network", retryAtMs: 0 });
    open();
    expect(told().at(-1)).toEqual([0x0a, 1]);
  });

  test("without control nothing reaches the target", () => {
    open(false);
    sent = [];
    control.act([key, move]);
    expect(sent).toEqual([]);
  });

  test("control ends with the connection", () => {
    open();
    expect(control.active.value).toBe(true);
    control.linkChanged({ is: "lost", why: "network", retryAtMs: 0 });
    expect(control.active.value).toBe(false);
    expect(control.lease.value).toBeNull();
  });

  test("on a network that stands still moves are left out, keys never", () => {
    open();
    sent = [];
    backlog = 1e6;
    control.act([move, key, move]);
    expect(told()).toEqual([[0x01, 2]]);
  });

  test("taking over says so", () => {
    open(false);
    control.takeControl();
    expect([sent.at(-1)![0], sent.at(-1)![5]]).toEqual([0x08, 1]);
  });
});

describe("heartbeats", () => {
  const beats = () => sent.filter((bytes) => bytes[0] === 0x07).length;

  test("each call sends one while something is held", () => {
    open();
    for (nowMs = 100; nowMs <= 1100; nowMs += 250) control.heartbeat(true);
    expect(beats()).toBe(5);
  });

  test("they are rare while nothing is held", () => {
    open();
    for (nowMs = 0; nowMs < 10_000; nowMs += 250) control.heartbeat(false);
    expect(beats()).toBe(3);
  });

  test("their acknowledgement measures the round trip", () => {
    open();
    nowMs = 5000;
    control.heartbeat(false);
    nowMs = 5004;
    acknowledge(1);
    expect(control.roundTripMs.value).toBeNull();
    nowMs = 5010;
    acknowledge(2);
    expect(control.roundTripMs.value).toBe(10);
  });

  test("what a lost connection still owed is not measured on the next one", () => {
    open();
    nowMs = 5000;
    control.heartbeat(false);
    control.linkChanged({ is: "lost", why: "network", retryAtMs: 0 });
    open();
    nowMs = 9000;
    acknowledge(2);
    expect(control.roundTripMs.value).toBeNull();
  });
});

test("what became of an event is told once, when its acknowledgement has come", () => {
  open();
  const outcomes: Outcome[] = [];
  control.act([key]);
  const leave = control.watch({
    sent: () => undefined,
    answered: (sequence, outcome) => {
      if (sequence < 2) return;
      outcomes.push(outcome);
      leave();
    },
    ended: () => undefined,
  });
  acknowledge(1);
  expect(outcomes).toEqual([]);
  acknowledge(2, Outcome.TargetAsleep);
  acknowledge(3);
  expect(outcomes).toEqual([Outcome.TargetAsleep]);
});

test("a witness sees what is sent, its answers and the end, until it has seen enough", () => {
  open();
  const seen: string[] = [];
  const leave = control.watch({
    sent: (sequence, event) => seen.push(`${sequence} ${event.type}`),
    answered: (sequence, outcome) => seen.push(`${sequence} ${Outcome[outcome]}`),
    ended: () => seen.push("ended"),
  });
  control.act([key]);
  nowMs = 5000;
  control.heartbeat(false);
  acknowledge(3, Outcome.TargetAsleep);
  control.linkChanged({ is: "lost", why: "network", retryAtMs: 0 });
  leave();
  open();
  control.act([key]);
  expect(seen).toEqual(["2 key", "3 TargetAsleep", "ended"]);
});

test("what the appliance says is kept", () => {
  open();
  control.received('{"type":"viewers","count":2}');
  control.received('{"type":"usb","state":"suspended"}');
  control.received('{"type":"leds","num":true,"caps":true,"scroll":false,"compose":false,"kana":false}');
  control.received("nonsense");
  expect(control.viewers.value).toBe(2);
  expect(control.usb.value).toBe("suspended");
  expect(control.leds.value?.caps).toBe(true);
  expect(control.lease.value?.controller?.name).toBe("ada");
});
