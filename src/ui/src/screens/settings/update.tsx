// Update: what runs, what is going on, and where the next release comes from.

import "../../style/update.css";
import { useEffect } from "preact/hooks";
import { t, told } from "../../i18n/index.ts";
import { updatePage } from "../../update/live.ts";
import type { UpdatePage } from "../../update/page.ts";
import { Channel } from "./update-channel.tsx";
import { UpdatePanel } from "./update-panel.tsx";
import { Slots } from "./update-slots.tsx";
import { Sources } from "./update-sources.tsx";

export function UpdateSection() {
  const page = updatePage;
  useEffect(() => {
    page.show();
    const stop = takeFiles(page);
    return () => {
      stop();
      page.hide();
    };
  }, []);
  const update = page.update.value;
  const unavailable = page.unavailable.value;
  if (unavailable !== null && page.state.value === "none") {
    return (
      <p class="section-note" data-testid="update-unavailable">
        {told(unavailable)}
      </p>
    );
  }
  const idle = ["none", "installed", "failed", "canceled", "confirmed", "back", "stayed", "lost"].includes(page.state.value);
  const offers = update?.channel.latest?.newer;
  return (
    <>
      <p class="lead">{t("update.lead")}</p>
      <UpdatePanel page={page} />
      <Trouble page={page} />
      {!update && <p class="section-note">{t(page.silent.value ? "update.silent" : "update.loading")}</p>}
      {update && <Slots page={page} update={update} />}
      {offers && <Channel page={page} update={update} idle={idle} />}
      {update && idle && <Sources page={page} />}
      {update && !offers && <Channel page={page} update={update} idle={idle} />}
      {update && <What />}
    </>
  );
}

/** A file that misses the field would open instead of the console, so all of Settings takes it. */
function takeFiles(page: UpdatePage): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  document.addEventListener("dragover", (event) => event.preventDefault(), { signal });
  document.addEventListener(
    "drop",
    (event) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) page.choose(file.name, file);
    },
    { signal },
  );
  return () => stop.abort();
}

function Trouble({ page }: { readonly page: UpdatePage }) {
  const trouble = page.trouble.value;
  return (
    <p class="form-error" role="alert" data-testid="update-error">
      {trouble?.is === "refused" && `${t("update.refused", { message: told(trouble.message) })} ${told(trouble.next)}`}
      {trouble?.is === "unreachable" && t("update.unreachable")}
      {trouble?.is === "unreadable" && t("update.unreadable")}
      {trouble?.is === "unproved" && t("update.unproved")}
    </p>
  );
}

function What() {
  return (
    <details class="fold block" data-testid="update-what">
      <summary>{t("update.what")}</summary>
      <ol class="steps">
        {([1, 2, 3, 4, 5, 6] as const).map((number) => (
          <li key={number}>{t(`update.what.${number}`)}</li>
        ))}
      </ol>
    </details>
  );
}
