// Which of the two mice is used: the operator's choice, or what the target shows of itself. Pure.

import type { PointerMode } from "../protocol/control.ts";

export type MouseChoice = "automatic" | PointerMode;

/**
 * Automatic is the absolute mouse, unless the target is there and has read nothing of it for two seconds (`absoluteRead`,
 * which the appliance measures at the port): firmware and boot menus often have a driver for the relative mouse alone.
 */
export function modeFor(choice: MouseChoice, absoluteRead: boolean): PointerMode {
  if (choice !== "automatic") return choice;
  return absoluteRead ? "absolute" : "relative";
}

/** The other one than is in use now, and from now on by choice. */
export function otherMode(mode: PointerMode): PointerMode {
  return mode === "absolute" ? "relative" : "absolute";
}
