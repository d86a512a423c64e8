import { describe, expect, test } from "vitest";
import { decodeBinary, decodeText, encodeAcknowledge, encodeClockQuestion } from "./video.ts";

function frameBytes(payload: number[]): ArrayBuffer {
  const bytes = new Uint8Array(32 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, 1);
  view.setUint16(2, 1, true);
  view.setUint32(4, 0xfffffffe, true);
  view.setBigUint64(8, 5_000_000_123n, true);
  view.setBigUint64(16, 5_000_009_456n, true);
  view.setUint16(24, 1920, true);
  view.setUint16(26, 1080, true);
  bytes.set(payload, 32);
  return bytes.buffer;
}

describe("binary messages", () => {
  test("a frame's header and payload come out as they were put in", () => {
    expect(decodeBinary(frameBytes([0xff, 0xd8, 7]))).toEqual({
      type: "frame",
      codec: 1,
      standsAlone: true,
      id: 0xfffffffe,
      capturedUs: 5_000_000_123,
      sentUs: 5_000_009_456,
      width: 1920,
      height: 1080,
      payload: new Uint8Array([0xff, 0xd8, 7]),
    });
  });

  test("a frame without a payload is refused", () => {
    expect(decodeBinary(frameBytes([]))).toBeNull();
  });

  test("every truncation of a frame's header is refused", () => {
    const whole = frameBytes([1]);
    for (let length = 0; length <= 32; length++) expect(decodeBinary(whole.slice(0, length))).toBeNull();
  });

  test("a clock answer brings its token and the appliance's time", () => {
    const bytes = new Uint8Array([2, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 0x40, 0x42, 0x0f, 0, 0, 0, 0, 0]);
    expect(decodeBinary(bytes.buffer)).toEqual({ type: "clock", token: 0x12345678, applianceUs: 1_000_000 });
  });

  test("a clock answer of another length and an unknown kind are refused", () => {
    expect(decodeBinary(new Uint8Array([2, 0, 0, 0]).buffer)).toBeNull();
    expect(decodeBinary(new Uint8Array(40).fill(9).buffer)).toBeNull();
  });
});

describe("text messages", () => {
  test("a live signal brings its mode", () => {
    const text = '{"type":"signal","state":"live","width":1280,"height":720,"fps":59.94,"source":"mjpeg"}';
    expect(decodeText(text)).toEqual({
      type: "signal",
      state: "live",
      mode: { width: 1280, height: 720, fps: 59.94, source: "mjpeg" },
    });
  });

  test.each(["starting", "no_device", "no_cable", "no_sync", "out_of_range"])("signal state %s is known", (state) => {
    expect(decodeText(JSON.stringify({ type: "signal", state }))).toEqual({ type: "signal", state });
  });

  test("stats bring every counter", () => {
    const text = '{"type":"stats","captured":1,"dropped":2,"damaged":3,"viewers":4,"bytes":5}';
    expect(decodeText(text)).toEqual({ type: "stats", captured: 1, dropped: 2, damaged: 3, viewers: 4, bytes: 5 });
  });

  test("an error brings its code and message", () => {
    expect(decodeText('{"type":"error","code":"too_many","message":"slow down"}')).toEqual({
      type: "error",
      code: "too_many",
      message: "slow down",
    });
  });

  test.each([
    "",
    "[]",
    "null",
    "3",
    "{",
    '{"type":"signal"}',
    '{"type":"signal","state":"purple"}',
    '{"type":"signal","state":"live"}',
    '{"type":"signal","state":"live","width":-1,"height":1}',
    '{"type":"stats","captured":"1"}',
    '{"type":"unheard"}',
  ])("%j is refused", (text) => {
    expect(decodeText(text)).toBeNull();
  });
});

describe("what the page sends", () => {
  test("an acknowledgement is kind 1 and the frame id", () => {
    expect([...encodeAcknowledge(0x01020304)]).toEqual([1, 4, 3, 2, 1]);
  });

  test("a clock question is kind 2 and a token", () => {
    expect([...encodeClockQuestion(0xfffffffe)]).toEqual([2, 0xfe, 0xff, 0xff, 0xff]);
  });
});
