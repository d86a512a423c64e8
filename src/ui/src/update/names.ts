// How the releases of an update are called in sentences.

import type { SlotId } from "../api/update.ts";
import { t } from "../i18n/index.ts";
import type { Journey } from "./journey.ts";

/** A slot whose version nobody knows is called by its letter. */
export function nameOf(version: string | null, slot: SlotId): string {
  return version ?? t("update.slot.name", { slot: letter(slot) });
}

export function letter(slot: SlotId): string {
  return slot.toUpperCase();
}

export function namesOf({ version, before, from, to }: Journey): { version: string; before: string; from: string; to: string } {
  return { version: nameOf(version, to), before: nameOf(before, from), from: letter(from), to: letter(to) };
}
