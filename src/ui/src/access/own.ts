// Whose session this page has, in full: asked for when Settings opens, because the console needs none of it.

import { signal } from "@preact/signals";
import { own as ask, type Own } from "../api/access.ts";

export const own = signal<Own | null>(null);

export async function askWho(): Promise<void> {
  try {
    own.value = await ask();
  } catch {
    // Without an answer what was known stays; the console tells of lost connections and ended sessions.
  }
}
