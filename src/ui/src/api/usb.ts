// The target's USB cable, as a whole.

import { ask, json } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

/** One of the functions that the target can be shown. */
export type Port = Schemas["Port"];
export type UsbView = Schemas["UsbView"];
export type UsbProfile = UsbView["profile"];
export type Tried = Schemas["Tried"];

export interface UsbApi {
  readonly get: () => Promise<UsbView>;
  /** Answers when the target has found it, or has not for 15 seconds. */
  readonly change: (profile: UsbProfile) => Promise<Tried>;
  /** All but the boot keyboard goes. */
  readonly alone: () => Promise<Tried>;
  /** What waits beside it comes. */
  readonly rest: () => Promise<Tried>;
}

export const usbApi: UsbApi = {
  get: () => json(ask("GET", "/api/v1/usb")),
  change: (profile) => json(ask("PUT", "/api/v1/usb", profile)),
  alone: () => json(ask("POST", "/api/v1/usb/keyboard")),
  rest: () => json(ask("POST", "/api/v1/usb/rest")),
};

export async function resetUsb(): Promise<void> {
  await ask("POST", "/api/v1/usb/reset");
}

/** Answers when the target is awake. */
export async function wakeTarget(): Promise<void> {
  await ask("POST", "/api/v1/usb/wake");
}
