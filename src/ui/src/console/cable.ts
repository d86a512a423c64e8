// The target's USB cable: waking the target, resetting the cable, what is plugged in. What became of it is said in one sentence.

import { ApiError } from "../api/client.ts";
import { resetUsb, type Tried, usbApi, wakeTarget } from "../api/usb.ts";
import type { Key } from "../i18n/index.ts";
import { toast } from "./toasts.ts";

const REFUSALS: Readonly<Record<string, Key>> = {
  awake: "toast.wake.awake",
  cannot_wake: "toast.wake.cannot",
  still_asleep: "toast.wake.asleep",
  not_managed: "toast.usb.elsewhere",
  trying: "toast.usb.trying",
  not_found_by_target: "toast.usb.notFound",
};

/** The words for a refusal; whatever else went wrong is the device's silence. */
export function refusalOf(error: unknown): Key {
  return (error instanceof ApiError && wordsFor(error.code)) || "toast.usb.failed";
}

/** `null` when only the appliance has words for it. */
export function wordsFor(code: string): Key | null {
  return REFUSALS[code] ?? null;
}

export async function wake(): Promise<void> {
  toast("toast.wake.sent");
  await wakeTarget().then(
    () => toast("toast.wake.done"),
    (error: unknown) => toast(refusalOf(error)),
  );
}

export async function reset(): Promise<void> {
  await resetUsb().then(
    () => toast("toast.usb.reset"),
    (error: unknown) => toast(refusalOf(error)),
  );
}

/** For firmware that takes fright at more. */
export function plugKeyboardAlone(): Promise<void> {
  return plug(usbApi.alone, "toast.usb.alone");
}

export function plugInRest(): Promise<void> {
  return plug(usbApi.rest, "toast.usb.rest");
}

async function plug(ask: () => Promise<Tried>, done: Key): Promise<void> {
  toast("toast.usb.plugging");
  await ask().then(
    ({ trial }) => toast(trial === "found" ? done : "toast.usb.untried"),
    (error: unknown) => toast(refusalOf(error)),
  );
}
