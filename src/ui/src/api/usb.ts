// The target's USB cable, as a whole.

import { ask } from "./client.ts";

export async function resetUsb(): Promise<void> {
  await ask("POST", "/api/v1/usb/reset");
}

/** Answers when the target is awake. */
export async function wakeTarget(): Promise<void> {
  await ask("POST", "/api/v1/usb/wake");
}
