import { describe, expect, test } from "vitest";
import { Button, type ControlEvent, decodeAcknowledgement, decodeState, encode, Outcome, Page } from "./control.ts";

const SEQUENCE = 0x0a0b0c0d;
const HEADER = [0x0d, 0x0c, 0x0b, 0x0a];

describe("events on the wire", () => {
  const cases: [string, ControlEvent, number[]][] = [
    ["a key", { type: "key", usage: { page: Page.Keyboard, id: 0x04 }, down: true }, [1, ...HEADER, 0, 4, 0, 1]],
    ["a media key", { type: "key", usage: { page: Page.Consumer, id: 0x223 }, down: false }, [1, ...HEADER, 1, 0x23, 2, 0]],
    ["a system key", { type: "key", usage: { page: Page.System, id: 0x83 }, down: true }, [1, ...HEADER, 2, 0x83, 0, 1]],
    ["move to", { type: "moveTo", x: 32767, y: 256 }, [2, ...HEADER, 0xff, 0x7f, 0, 1]],
    ["move by", { type: "moveBy", dx: -2, dy: 300 }, [3, ...HEADER, 0xfe, 0xff, 0x2c, 1]],
    ["button", { type: "button", button: Button.Forward, down: true }, [4, ...HEADER, 4, 1]],
    ["wheel", { type: "wheel", vertical: -1, horizontal: 2 }, [5, ...HEADER, 0xff, 2]],
    ["release everything", { type: "releaseAll" }, [6, ...HEADER]],
    ["heartbeat", { type: "heartbeat" }, [7, ...HEADER]],
    ["take over", { type: "requestControl", takeOver: true }, [8, ...HEADER, 1]],
    ["ask for control", { type: "requestControl", takeOver: false }, [8, ...HEADER, 0]],
    ["give up control", { type: "giveUpControl" }, [9, ...HEADER]],
    ["pointer mode", { type: "pointerMode", mode: "relative" }, [10, ...HEADER, 1]],
  ];
  test.each(cases)("%s", (_name, event, bytes) => {
    expect([...encode(SEQUENCE, event)]).toEqual(bytes);
  });

  test("positions outside the screen stop at its edge instead of wrapping", () => {
    expect([...encode(1, { type: "moveTo", x: -5, y: 99999 })].slice(5)).toEqual([0, 0, 0xff, 0x7f]);
  });

  test("wheel and movement stop at their widest value", () => {
    expect([...encode(1, { type: "wheel", vertical: 500, horizontal: -500 })].slice(5)).toEqual([127, 129]);
    expect([...encode(1, { type: "moveBy", dx: 1e6, dy: -1e6 })].slice(5)).toEqual([0xff, 0x7f, 0, 0x80]);
  });
});

describe("acknowledgements", () => {
  test("bring sequence and outcome", () => {
    expect(decodeAcknowledgement(new Uint8Array([0x81, ...HEADER, 2]).buffer)).toEqual({
      sequence: SEQUENCE,
      outcome: Outcome.TargetAsleep,
    });
  });

  test.each([[[0x81, 0, 0, 0, 0]], [[0x80, 0, 0, 0, 0, 0]], [[0x81, 0, 0, 0, 0, 4]], [[]]])("%j is refused", (bytes) => {
    expect(decodeAcknowledgement(new Uint8Array(bytes).buffer)).toBeNull();
  });
});

describe("states", () => {
  test.each([
    ['{"type":"welcome","seat":"7"}', { type: "welcome", seat: "7" }],
    ['{"type":"lease","you":true,"controller":{"seat":"7","name":"ada"}}', { type: "lease", you: true, controller: { seat: "7", name: "ada" } }],
    ['{"type":"lease","you":false,"controller":null}', { type: "lease", you: false, controller: null }],
    ['{"type":"viewers","count":3}', { type: "viewers", count: 3 }],
    ['{"type":"functions","shown":["keyboard"],"rest":true}', { type: "functions", shown: ["keyboard"], rest: true }],
    ['{"type":"usb","state":"suspended"}', { type: "usb", state: "suspended" }],
    ['{"type":"error","code":"a","message":"b"}', { type: "error", code: "a", message: "b" }],
    [
      '{"type":"leds","num":true,"caps":false,"scroll":true,"compose":false,"kana":false}',
      { type: "leds", leds: { num: true, caps: false, scroll: true, compose: false, kana: false } },
    ],
  ])("%s is understood", (text, state) => {
    expect(decodeState(text)).toEqual(state);
  });

  test.each(["", "7", '{"type":"usb","state":"odd"}', '{"type":"viewers"}', '{"type":"new"}'])("%j is refused", (text) => {
    expect(decodeState(text)).toBeNull();
  });
});
