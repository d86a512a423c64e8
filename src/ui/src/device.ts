// What the page knows of the appliance, and which screen follows from it.

import { computed, signal } from "@preact/signals";
import { atLeast, roleOf } from "./access/role.ts";
import { ApiError, type DeviceState, deviceState, enter } from "./api/client.ts";

export type Screen = "loading" | "unreachable" | "claim" | "trust" | "login" | "link" | "console";

/** The page's address for the "trust this device" step, so that a reload does not lose it. */
export const TRUST = "#trust";

export const device = signal<DeviceState | null>(null);
export const screen = signal<Screen>("loading");
/** What whoever is logged in here may do; `null` = nobody is. */
export const role = computed(() => roleOf(device.value?.role));
export const mayControl = computed(() => atLeast(role.value, "operator"));
export const isAdmin = computed(() => atLeast(role.value, "admin"));
/** Why the guest link did not open. */
export const linkRefusal = signal<ApiError | null>(null);

/** Asks the appliance and shows the screen that its answer calls for. */
export async function reload(): Promise<void> {
  try {
    const state = await deviceState();
    device.value = state;
    screen.value = screenFor(state, location.hash);
  } catch {
    screen.value = "unreachable";
  }
}

/** By a guest link: whoever was logged in here before is a guest now. */
export async function enterByLink(token: string): Promise<void> {
  // A console that is open belongs to somebody else's session.
  screen.value = "loading";
  try {
    await enter(token);
  } catch (caught) {
    linkRefusal.value = caught instanceof ApiError ? caught : null;
    await reload();
    screen.value = "link";
    return;
  }
  await reload();
}

/** It was given another name. */
export function rename(name: string): void {
  const known = device.peek();
  if (!known || known.name === name) return;
  device.value = { ...known, name };
}

export function screenFor(state: DeviceState, hash: string): Screen {
  if (state.claim !== "done") return "claim";
  if (hash === TRUST) return "trust";
  return state.user ? "console" : "login";
}
