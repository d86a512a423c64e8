// The control socket's messages (docs/protocol.md), values ↔ bytes. Pure.

import { parseObject, type ProtocolError } from "./video.ts";

/** HID usage pages that the target's gadget has. */
export enum Page {
  Keyboard = 0,
  Consumer = 1,
  System = 2,
}

export interface Usage {
  readonly page: Page;
  readonly id: number;
}

/** The numbers are the wire's, and the bits of `MouseEvent.buttons` in the same order. */
export enum Button {
  Left = 0,
  Right = 1,
  Middle = 2,
  Back = 3,
  Forward = 4,
}

export type PointerMode = "absolute" | "relative";

/** One thing that the operator did. */
export type ControlEvent =
  | { readonly type: "key"; readonly usage: Usage; readonly down: boolean }
  /** 0..=32767 across the target's screen. */
  | { readonly type: "moveTo"; readonly x: number; readonly y: number }
  | { readonly type: "moveBy"; readonly dx: number; readonly dy: number }
  | { readonly type: "button"; readonly button: Button; readonly down: boolean }
  /** Detents; positive = away from the user, right. */
  | { readonly type: "wheel"; readonly vertical: number; readonly horizontal: number }
  | { readonly type: "releaseAll" }
  | { readonly type: "heartbeat" }
  | { readonly type: "requestControl"; readonly takeOver: boolean }
  | { readonly type: "giveUpControl" }
  | { readonly type: "pointerMode"; readonly mode: PointerMode };

export const POSITION_MAX = 32767;
const HEADER_BYTES = 5;

/** One message: header and payload. Values out of range are clamped, never wrapped. */
export function encode(sequence: number, event: ControlEvent): Uint8Array<ArrayBuffer> {
  switch (event.type) {
    case "key":
      return message(0x01, sequence, 4, (view) => {
        view.setUint8(5, event.usage.page);
        view.setUint16(6, event.usage.id, true);
        view.setUint8(8, event.down ? 1 : 0);
      });
    case "moveTo":
      return message(0x02, sequence, 4, (view) => {
        view.setUint16(5, clamp(event.x, 0, POSITION_MAX), true);
        view.setUint16(7, clamp(event.y, 0, POSITION_MAX), true);
      });
    case "moveBy":
      return message(0x03, sequence, 4, (view) => {
        view.setInt16(5, clamp(event.dx, -32768, 32767), true);
        view.setInt16(7, clamp(event.dy, -32768, 32767), true);
      });
    case "button":
      return message(0x04, sequence, 2, (view) => {
        view.setUint8(5, event.button);
        view.setUint8(6, event.down ? 1 : 0);
      });
    case "wheel":
      return message(0x05, sequence, 2, (view) => {
        view.setInt8(5, clamp(event.vertical, -127, 127));
        view.setInt8(6, clamp(event.horizontal, -127, 127));
      });
    case "releaseAll":
      return message(0x06, sequence, 0);
    case "heartbeat":
      return message(0x07, sequence, 0);
    case "requestControl":
      return message(0x08, sequence, 1, (view) => view.setUint8(5, event.takeOver ? 1 : 0));
    case "giveUpControl":
      return message(0x09, sequence, 0);
    case "pointerMode":
      return message(0x0a, sequence, 1, (view) => view.setUint8(5, event.mode === "relative" ? 1 : 0));
  }
}

function message(
  kind: number,
  sequence: number,
  payloadBytes: number,
  fill?: (view: DataView) => void,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + payloadBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint32(1, sequence, true);
  fill?.(view);
  return bytes;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(value)));
}

/** What became of events. The numbers are the wire's. */
export enum Outcome {
  Accepted = 0,
  NotInControl = 1,
  TargetAsleep = 2,
  TargetNotConnected = 3,
}

/** Covers every sequence number up to and including its own since the last one. */
export interface Acknowledgement {
  readonly sequence: number;
  readonly outcome: Outcome;
}

/** `null` for anything that is not a message of the protocol. */
export function decodeAcknowledgement(buffer: ArrayBuffer): Acknowledgement | null {
  const view = new DataView(buffer);
  if (view.byteLength !== 6 || view.getUint8(0) !== 0x81) return null;
  const outcome = view.getUint8(5);
  return outcome <= Outcome.TargetNotConnected ? { sequence: view.getUint32(1, true), outcome } : null;
}

export type UsbState = "configured" | "suspended" | "disconnected" | "no_gadget";

export interface Leds {
  readonly num: boolean;
  readonly caps: boolean;
  readonly scroll: boolean;
  readonly compose: boolean;
  readonly kana: boolean;
}

export interface Controller {
  readonly seat: string;
  readonly name: string;
}

export type JigglerState = "off" | "resting" | "on";

/** What the target is shown on USB. */
export interface Shown {
  readonly shown: readonly string[];
  /** More waits to be plugged in. */
  readonly rest: boolean;
}

export type ControlState =
  | { readonly type: "welcome"; readonly seat: string }
  | { readonly type: "lease"; readonly you: boolean; readonly controller: Controller | null }
  | { readonly type: "viewers"; readonly count: number }
  | { readonly type: "leds"; readonly leds: Leds }
  | { readonly type: "usb"; readonly state: UsbState }
  | { readonly type: "pointer"; readonly absolute: boolean }
  | { readonly type: "jiggler"; readonly state: JigglerState }
  | ({ readonly type: "functions" } & Shown)
  | ProtocolError;

const JIGGLER_STATES: readonly string[] = ["off", "resting", "on"];
const USB_STATES: readonly string[] = ["configured", "suspended", "disconnected", "no_gadget"];

/** `null` for anything that is not a message of the protocol. */
export function decodeState(text: string): ControlState | null {
  const message = parseObject(text);
  if (!message) return null;
  switch (message["type"]) {
    case "welcome":
      return { type: "welcome", seat: String(message["seat"]) };
    case "lease":
      return { type: "lease", you: message["you"] === true, controller: decodeController(message["controller"]) };
    case "viewers":
      return typeof message["count"] === "number" ? { type: "viewers", count: message["count"] } : null;
    case "leds":
      return { type: "leds", leds: decodeLeds(message) };
    case "usb": {
      const state = message["state"];
      return typeof state === "string" && USB_STATES.includes(state) ? { type: "usb", state: state as UsbState } : null;
    }
    case "pointer":
      return { type: "pointer", absolute: message["absolute"] !== false };
    case "jiggler": {
      const state = message["state"];
      return typeof state === "string" && JIGGLER_STATES.includes(state) ? { type: "jiggler", state: state as JigglerState } : null;
    }
    case "functions": {
      const { shown, rest } = message;
      return Array.isArray(shown) ? { type: "functions", shown: shown.map(String), rest: rest === true } : null;
    }
    case "error":
      return { type: "error", code: String(message["code"]), message: String(message["message"]) };
    default:
      return null;
  }
}

function decodeController(value: unknown): Controller | null {
  if (typeof value !== "object" || value === null) return null;
  const { seat, name } = value as Record<string, unknown>;
  return { seat: String(seat), name: String(name) };
}

function decodeLeds(message: Record<string, unknown>): Leds {
  const on = (name: string) => message[name] === true;
  return { num: on("num"), caps: on("caps"), scroll: on("scroll"), compose: on("compose"), kana: on("kana") };
}
