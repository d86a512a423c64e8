// Waking the target and resetting its USB cable: what became of it is said in one sentence.

import { ApiError } from "../api/client.ts";
import { resetUsb, wakeTarget } from "../api/usb.ts";
import type { Key } from "../i18n/index.ts";
import { toast } from "./toasts.ts";

const REFUSALS: Readonly<Record<string, Key>> = {
  awake: "toast.wake.awake",
  cannot_wake: "toast.wake.cannot",
  still_asleep: "toast.wake.asleep",
  not_managed: "toast.usb.elsewhere",
};

/** The words for a refusal; whatever else went wrong is the device's silence. */
export function refusalOf(error: unknown): Key {
  return (error instanceof ApiError && REFUSALS[error.code]) || "toast.usb.failed";
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
