// The change that is on trial: what happens now, how long, and what can be done; afterwards how it ended.

import { CircleCheck, Undo2, X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Key, number, t } from "../../i18n/index.ts";
import { Icon } from "../../parts/icon.tsx";
import type { Change } from "../../settings/change.ts";
import type { NetworkPage } from "../../settings/network.ts";
import { keepLink } from "../../settings/place.ts";

interface Props {
  readonly page: NetworkPage;
}

export function Trial({ page }: Props) {
  const change = page.change.value;
  const { title, text } = wordsOf(change, page.left.value ?? 0);
  const ended = change.is === "kept" || change.is === "undone";
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    // The fields that had the focus cannot be used now, and this is what matters.
    if (change.is !== "none" && change.is !== "sending") panel.current!.focus();
  }, [change.is]);
  return (
    <section
      ref={panel}
      tabIndex={-1}
      class={title || text ? `trial ${change.is}` : "trial"}
      aria-label={t("trial.label")}
      data-testid="trial"
      data-state={stateOf(change, page.left.value ?? 0)}
    >
      <div role="status" class="trial-words">
        {ended && <Icon of={change.is === "kept" ? CircleCheck : Undo2} />}
        {title && <h4>{t(title)}</h4>}
        {text && <p>{t(text)}</p>}
      </div>
      {ended && (
        <button type="button" class="bar-button icon-only" aria-label={t("action.close")} data-testid="trial-close" onClick={() => page.dismiss()}>
          <Icon of={X} />
        </button>
      )}
      {change.is === "trying" && change.contact === "gone" && <Reach addresses={change.reach} />}
      {(change.is === "trying" || change.is === "foreign") && <Countdown page={page} change={change} />}
    </section>
  );
}

function Reach({ addresses }: { readonly addresses: readonly string[] }) {
  return (
    <ul class="reach" aria-label={t("trial.reach")}>
      {addresses.map((address) => (
        <li key={address}>
          <a href={keepLink(address)} data-testid="trial-reach">
            {address}
          </a>
        </li>
      ))}
    </ul>
  );
}

function Countdown({ page, change }: Props & { readonly change: Change & { is: "trying" | "foreign" } }) {
  const left = page.left.value ?? 0;
  const silent = change.is === "trying" && change.contact === "gone";
  if (left === 0) return null;
  return (
    <>
      <div class="countdown">
        <progress max={60} value={left} aria-label={t("trial.left.label")} />
        <span role="timer" data-testid="trial-left">
          {t("trial.left", { seconds: number(left) })}
        </span>
      </div>
      {/* What does not answer cannot be told anything. */}
      {!silent && (
        <Actions trouble={page.trouble.value?.is === "unreachable" ? t("trial.unreachable") : ""}>
          <button type="button" class="button primary" data-testid="trial-keep" onClick={() => void page.confirm()}>
            {t("trial.keep")}
          </button>
          <button type="button" class="button" data-testid="trial-undo" onClick={() => void page.revert()}>
            {t("trial.undo")}
          </button>
        </Actions>
      )}
    </>
  );
}

function Actions({ trouble, children }: { readonly trouble: string; readonly children: ComponentChildren }) {
  return (
    <>
      <p class="form-error" role="alert" data-testid="trial-error">
        {trouble}
      </p>
      <div class="trial-actions">{children}</div>
    </>
  );
}

function stateOf(change: Change, left: number): string {
  if (change.is !== "trying") return change.is === "undone" ? `undone-${change.why}` : change.is;
  return change.contact === "gone" && left === 0 ? "over" : change.contact;
}

function wordsOf(change: Change, left: number): { readonly title?: Key; readonly text?: Key } {
  switch (change.is) {
    case "none":
      return {};
    case "sending":
      return { text: "trial.sending" };
    case "trying":
      if (change.contact !== "gone") return { title: "trial.title", text: "trial.yet" };
      return left > 0 ? { title: "trial.gone.title", text: "trial.gone" } : { title: "trial.over.title", text: "trial.over" };
    case "foreign":
      return { title: "trial.foreign.title", text: "trial.foreign" };
    case "kept":
      return { text: "trial.kept" };
    case "undone":
      return { text: `trial.undone.${change.why}` };
  }
}
