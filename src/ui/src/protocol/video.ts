// The video socket's messages (docs/protocol.md), bytes ↔ values. Pure; never trusts the length of what it reads.

/** The state of the capture, in the appliance's words. */
export type SignalState = "starting" | "no_device" | "no_cable" | "no_sync" | "out_of_range" | "live";

export interface Signal {
  readonly type: "signal";
  readonly state: SignalState;
  /** Only while live. */
  readonly mode?: { readonly width: number; readonly height: number; readonly fps: number; readonly source: string };
}

/** Counters since the appliance started. */
export interface Stats {
  readonly type: "stats";
  readonly captured: number;
  readonly dropped: number;
  readonly damaged: number;
  readonly viewers: number;
  readonly bytes: number;
}

/** What comes from now on to who asked for H.264, and why it is not that. */
export interface Coded {
  readonly type: "codec";
  readonly codec: "jpeg" | "h264";
  readonly why: string | null;
}

export interface ProtocolError {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
}

export interface Frame {
  readonly type: "frame";
  readonly codec: number;
  readonly standsAlone: boolean;
  readonly id: number;
  /** µs on the appliance's monotonic clock. */
  readonly capturedUs: number;
  /** µs on the appliance's monotonic clock. */
  readonly sentUs: number;
  readonly width: number;
  readonly height: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

export interface ClockAnswer {
  readonly type: "clock";
  readonly token: number;
  readonly applianceUs: number;
}

export const CODEC_JPEG = 1;
export const CODEC_H264 = 2;
const FRAME_HEADER_BYTES = 32;
const CLOCK_ANSWER_BYTES = 16;
const KIND_FRAME = 1;
const KIND_CLOCK = 2;

/** `null` for anything that is not a message of the protocol. */
export function decodeBinary(buffer: ArrayBuffer): Frame | ClockAnswer | null {
  const view = new DataView(buffer);
  if (view.byteLength === 0) return null;
  switch (view.getUint8(0)) {
    case KIND_FRAME:
      return view.byteLength > FRAME_HEADER_BYTES ? decodeFrame(view, buffer) : null;
    case KIND_CLOCK:
      if (view.byteLength !== CLOCK_ANSWER_BYTES) return null;
      return { type: "clock", token: view.getUint32(4, true), applianceUs: Number(view.getBigUint64(8, true)) };
    default:
      return null;
  }
}

function decodeFrame(view: DataView, buffer: ArrayBuffer): Frame {
  return {
    type: "frame",
    codec: view.getUint8(1),
    standsAlone: (view.getUint16(2, true) & 1) === 1,
    id: view.getUint32(4, true),
    capturedUs: Number(view.getBigUint64(8, true)),
    sentUs: Number(view.getBigUint64(16, true)),
    width: view.getUint16(24, true),
    height: view.getUint16(26, true),
    payload: new Uint8Array(buffer, FRAME_HEADER_BYTES),
  };
}

/** `null` for anything that is not a message of the protocol. */
export function decodeText(text: string): Signal | Stats | Coded | ProtocolError | null {
  const message = parseObject(text);
  switch (message?.["type"]) {
    case "signal":
      return decodeSignal(message);
    case "stats":
      return decodeStats(message);
    case "codec":
      return decodeCoded(message);
    case "error":
      return { type: "error", code: String(message["code"]), message: String(message["message"]) };
    default:
      return null;
  }
}

const SIGNAL_STATES: readonly string[] = ["starting", "no_device", "no_cable", "no_sync", "out_of_range", "live"];

function decodeSignal(message: Record<string, unknown>): Signal | null {
  const { state, width, height, fps, source } = message;
  if (typeof state !== "string" || !SIGNAL_STATES.includes(state)) return null;
  if (state !== "live") return { type: "signal", state: state as SignalState };
  if (!isCount(width) || !isCount(height)) return null;
  const mode = { width, height, fps: isCount(fps) ? fps : 0, source: typeof source === "string" ? source : "" };
  return { type: "signal", state, mode };
}

function decodeStats(message: Record<string, unknown>): Stats | null {
  const { captured, dropped, damaged, viewers, bytes } = message;
  const counts = [captured, dropped, damaged, viewers, bytes];
  if (!counts.every(isCount)) return null;
  const [c, d, m, v, b] = counts as [number, number, number, number, number];
  return { type: "stats", captured: c, dropped: d, damaged: m, viewers: v, bytes: b };
}

function decodeCoded({ codec, why }: Record<string, unknown>): Coded | null {
  if (codec !== "jpeg" && codec !== "h264") return null;
  return { type: "codec", codec, why: typeof why === "string" ? why : null };
}

/** "Frame `id` is painted or dropped; send the newest." */
export function encodeAcknowledge(id: number): Uint8Array<ArrayBuffer> {
  return fiveBytes(1, id);
}

export function encodeClockQuestion(token: number): Uint8Array<ArrayBuffer> {
  return fiveBytes(2, token);
}

function fiveBytes(kind: number, value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(5);
  bytes[0] = kind;
  new DataView(bytes.buffer).setUint32(1, value, true);
  return bytes;
}

/** The JSON object in `text`, or `null` for anything else. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
