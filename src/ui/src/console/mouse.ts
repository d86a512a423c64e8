// The mouse that is in use now: the operator's choice and what the target shows, joined.

import { computed, signal } from "@preact/signals";
import { modeFor } from "../input/mode.ts";
import type { Scroll } from "../input/wheel.ts";
import { mouseChoice, scrollDirection, scrollSideways, scrollSpeed } from "../preferences.ts";

/** The target reads the absolute mouse, as far as the appliance knows. */
export const absoluteRead = signal(true);
export const mouseMode = computed(() => modeFor(mouseChoice.value, absoluteRead.value));

/** How a turn of the wheel reaches the target. */
export function scroll(): Scroll {
  const speed = Number(scrollSpeed.peek());
  const along = (direction: string) => (direction === "reversed" ? -speed : speed);
  return { vertical: along(scrollDirection.peek()), horizontal: along(scrollSideways.peek()) };
}
