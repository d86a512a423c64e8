// The update page of this browser's page, with its real edges. Lives as long as that, so that an upload goes on and an
// update is seen through even when Settings is closed.

import { effect } from "@preact/signals";
import { browserEdges } from "../net/looking.ts";
import { updateApi } from "../api/update.ts";
import { toast } from "../console/toasts.ts";
import { hearUpdate } from "../notices/watch.ts";
import { read, type Journey } from "./journey.ts";
import { namesOf } from "./names.ts";
import { UpdatePage } from "./page.ts";

const KEY = "farseat.update";

export const updatePage = new UpdatePage(
  {
    ...browserEdges,
    api: updateApi,
    nowMs: () => Date.now(),
    async readable(file) {
      try {
        await file.slice(0, 1).arrayBuffer();
        return true;
      } catch {
        return false;
      }
    },
    keep,
  },
  read(kept()),
);

// How it ended is said even when Settings was closed meanwhile.
let told = updatePage.journey.peek()?.is;
effect(() => {
  const journey = updatePage.journey.value;
  const news = journey?.is !== told;
  told = journey?.is;
  if (!journey || !news || updatePage.shown.peek()) return;
  if (journey.is === "confirmed") toast("update.confirmed.title", namesOf(journey));
  if (journey.is === "back") toast("update.back.title", namesOf(journey));
});

effect(() => {
  const update = updatePage.update.value;
  if (update) hearUpdate(update);
});

// A page that goes takes the rest of the file with it.
globalThis.addEventListener("beforeunload", (event) => {
  if (updatePage.sending.peek()) event.preventDefault();
});

function keep(journey: Journey | null): void {
  try {
    if (journey) localStorage.setItem(KEY, JSON.stringify(journey));
    else localStorage.removeItem(KEY);
  } catch {
    // The browser forbids storage: a reload of the page forgets.
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
