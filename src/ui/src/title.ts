// The tab's title: what stands between the operator and the picture, and whose picture it is.

import { effect, signal } from "@preact/signals";
import { device } from "./device.ts";

/** In the title's words; `null` = nothing. The console says it. */
export const inTheWay = signal<string | null>(null);

effect(() => {
  const named = naming(device.value?.name ?? "");
  document.title = inTheWay.value === null ? named : `${inTheWay.value} · ${named}`;
});

function naming(name: string): string {
  return name.toLowerCase() === "farseat" || name === "" ? "Farseat" : `${name} · Farseat`;
}
