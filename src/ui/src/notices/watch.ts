// Asks the appliance what the operator should know, and remembers in this browser what was put away.

import { computed, signal } from "@preact/signals";
import { status, type Status } from "../api/appliance.ts";
import { type Answer, hasSlots, type Update, updateApi } from "../api/update.ts";
import { isAdmin } from "../device.ts";
import { noticesOf, type Notice, open, putAway, read, startOf } from "./notices.ts";

const KEY = "farseat.notices";
/** Whoever opens the console wants the picture first; how an update ended can wait for it. */
const LATER_MS = 5000;

let asking = 0;

const heard = signal<{ readonly status: Status; readonly startedMs: number } | null>(null);
const update = signal<Update | null>(null);
const remembered = signal(read(stored()));

/** The appliance's last word about itself. */
export const appliance = computed<Status | null>(() => heard.value?.status ?? null);

/** Everything, put away or not. */
export const allNotices = computed<readonly Notice[]>(() => (heard.value ? noticesOf(heard.value.status, update.value) : []));

/** What was not put away. */
export const notices = computed<readonly Notice[]>(() =>
  heard.value ? open(allNotices.value, remembered.value, heard.value.startedMs) : [],
);

export async function askForNotices(): Promise<void> {
  try {
    const answer = await status();
    heard.value = { status: answer, startedMs: startOf(answer.uptime, Date.now()) };
    clearTimeout(asking);
    asking = window.setTimeout(() => void askForUpdate(), LATER_MS);
  } catch {
    // The next connection asks again.
  }
}

async function askForUpdate(): Promise<void> {
  // Nobody else may know, or do anything about it.
  if (!isAdmin.peek()) return;
  try {
    hearUpdate(await updateApi.get());
  } catch {
    // The next connection asks again.
  }
}

/** The update page asks more often than anybody. */
export function hearUpdate(answer: Answer): void {
  if (hasSlots(answer)) update.value = answer;
}

export function dismiss(notice: Notice): void {
  remembered.value = putAway(notice, remembered.peek(), heard.peek()?.startedMs ?? 0);
  try {
    localStorage.setItem(KEY, JSON.stringify(remembered.peek()));
  } catch {
    // The browser forbids storage: until the page is loaded again it stays away.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
