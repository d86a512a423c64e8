// Which section of Settings is open. It is in the page's address, so that a reload, the Back button and a link to the
// appliance's new address find it.

import { signal } from "@preact/signals";

export const SECTION_IDS = ["network", "wifi", "input", "usb", "video", "appearance", "update", "account", "people", "tokens", "guests", "certificate", "audit", "wake", "diagnostics", "power", "about"] as const;
export type SectionId = (typeof SECTION_IDS)[number];

export interface Place {
  readonly section: SectionId;
  /** `#settings/network/keep`: came by a link to a new address, to keep the change that leads there. */
  readonly keep: boolean;
}

export function placeOf(hash: string): Place | null {
  const [root, section, intent] = hash.replace(/^#/, "").split("/");
  if (root !== "settings") return null;
  return { section: SECTION_IDS.find((id) => id === section) ?? SECTION_IDS[0], keep: section === "network" && intent === "keep" };
}

export function addressOf(section: SectionId): string {
  return `#settings/${section}`;
}

/** For a link. One that begins with `#` is taken for one that skips a part of the page. */
export function linkTo(section: SectionId): string {
  return `./${addressOf(section)}`;
}

/** Where the operator goes on when the appliance has another address. */
export function keepLink(origin: string): string {
  return new URL("/#settings/network/keep", origin).href;
}

const now = () => placeOf(globalThis.location?.hash ?? "");

/** `null` = Settings is closed. */
export const place = signal<Place | null>(now());

globalThis.addEventListener?.("hashchange", () => (place.value = now()));

export function openSettings(section: SectionId = SECTION_IDS[0]): void {
  location.hash = addressOf(section);
}

/** Whether a link asked to keep the change; only once, so that a later reload does not keep somebody else's. */
export function takeKeep(): boolean {
  const keep = place.peek()?.keep ?? false;
  if (keep) history.replaceState(null, "", addressOf("network"));
  if (keep) place.value = { section: "network", keep: false };
  return keep;
}

export function closeSettings(): void {
  history.replaceState(null, "", location.pathname + location.search);
  place.value = null;
}
