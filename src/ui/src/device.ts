// What the page knows of the appliance, and which screen follows from it.

import { signal } from "@preact/signals";
import { type DeviceState, deviceState } from "./api/client.ts";

export type Screen = "loading" | "unreachable" | "claim" | "trust" | "login" | "console";

/** The page's address for the "trust this device" step, so that a reload does not lose it. */
export const TRUST = "#trust";

export const device = signal<DeviceState | null>(null);
export const screen = signal<Screen>("loading");

/** Asks the appliance and shows the screen that its answer calls for. */
export async function reload(): Promise<void> {
  try {
    const state = await deviceState();
    device.value = state;
    document.title = titleOf(state.name);
    screen.value = screenFor(state, location.hash);
  } catch {
    screen.value = "unreachable";
  }
}

/** It was given another name. */
export function rename(name: string): void {
  const known = device.peek();
  if (!known || known.name === name) return;
  device.value = { ...known, name };
  document.title = titleOf(name);
}

export function screenFor(state: DeviceState, hash: string): Screen {
  if (state.claim !== "done") return "claim";
  if (hash === TRUST) return "trust";
  return state.user ? "console" : "login";
}

export function titleOf(name: string): string {
  return name.toLowerCase() === "farseat" || name === "" ? "Farseat" : `${name} · Farseat`;
}
