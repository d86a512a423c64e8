// The update that is going on: its steps, how far it is, what can be done; afterwards how it ended, until that is read.

import { CircleCheck, CircleX, LoaderCircle, RotateCw, ShieldCheck, TriangleAlert, Undo2, X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Job } from "../../api/update.ts";
import type { Values } from "../../i18n/format.ts";
import { type Key, number, t, told } from "../../i18n/index.ts";
import { Icon } from "../../parts/icon.tsx";
import { other } from "../../update/journey.ts";
import { letter, nameOf, namesOf } from "../../update/names.ts";
import type { UpdatePage } from "../../update/page.ts";
import { secondsLeft } from "../../update/pace.ts";
import { type Bar, barsOf, LONG_AWAY_MS, type PanelState, type Step, stepsOf } from "../../update/panel.ts";
import { Delivery } from "./update-sources.tsx";
import { bytes, date, percent } from "./units.ts";

interface Props {
  readonly page: UpdatePage;
}

export function UpdatePanel({ page }: Props) {
  const state = page.state.value;
  const panel = useRef<HTMLElement>(null);
  const steps = stepsOf(state, page.journey.value?.installed ?? true);
  const ended = ENDS.includes(state);
  const waiting = page.delivery.value.is === "ask" || page.delivery.value.is === "other";
  const before = useRef(state);
  useEffect(() => {
    // What had the focus is gone now, and this is what matters.
    const turned = before.current !== state && (ended || ["none", "installed", ...ENDS].includes(before.current));
    if (turned && state !== "none") panel.current!.focus();
    before.current = state;
  }, [state]);
  return (
    <section
      ref={panel}
      tabIndex={-1}
      class={state === "none" ? "update-panel" : `update-panel on ${waiting ? "waiting" : toneOf(state)}`}
      aria-label={t("update.panel")}
      data-testid="update-panel"
      data-state={state}
    >
      <Words page={page} state={state} />
      {ended && (
        <button type="button" class="bar-button icon-only" aria-label={t("action.close")} data-testid="update-close" onClick={() => page.dismiss()}>
          <Icon of={X} />
        </button>
      )}
      {WORKING.includes(state) && <Delivery page={page} />}
      {steps.length > 0 && <Steps page={page} state={state} steps={steps} waiting={waiting} />}
      <About page={page} state={state} />
      <Actions page={page} state={state} />
    </section>
  );
}

const WORKING: readonly PanelState[] = ["opening", "preparing", "transferring", "verifying"];
const ENDS: readonly PanelState[] = ["failed", "canceled", "confirmed", "back", "stayed", "lost"];

function toneOf(state: PanelState): string {
  if (state === "confirmed" || state === "installed") return "good";
  if (state === "failed") return "bad";
  return state === "back" || state === "stayed" || state === "lost" ? "warn" : "calm";
}

const ICONS: Partial<Record<PanelState, typeof X>> = {
  installed: CircleCheck,
  confirmed: CircleCheck,
  failed: CircleX,
  canceled: CircleX,
  back: Undo2,
  stayed: TriangleAlert,
  lost: TriangleAlert,
};

function Words({ page, state }: Props & { readonly state: PanelState }) {
  const values = valuesOf(page);
  const [title, ...texts] = wordsOf(page, state);
  const icon = ICONS[state];
  return (
    <div class="update-words" role="status">
      {icon && <Icon of={icon} />}
      {title && <h4>{t(title, values)}</h4>}
      {texts.map((text) => text && <p key={text}>{t(text, values)}</p>)}
      <Reason page={page} state={state} />
      {page.silent.value && page.update.value && state !== "leaving" && state !== "away" && (
        <p class="warns" data-testid="update-silent">
          {t(state === "trial" ? "update.trial.silent" : "update.silent", values)}
        </p>
      )}
    </div>
  );
}

/** The appliance's own words: why not, why not any more, and what to do. */
function Reason({ page, state }: Props & { readonly state: PanelState }) {
  const error = state === "failed" ? page.update.value?.job?.error : null;
  const reason = state === "back" ? page.journey.value?.reason : null;
  if (reason) return <p data-testid="update-reason">{`${told(reason)} ${t("update.back.next")}`}</p>;
  if (!error) return null;
  return (
    <>
      <p class="update-why" data-testid="update-reason" data-code={error.code}>
        {told(error.message)}
      </p>
      <p data-testid="update-next">{told(error.next)}</p>
    </>
  );
}

function wordsOf(page: UpdatePage, state: PanelState): readonly (Key | null)[] {
  switch (state) {
    case "none":
      return [];
    case "opening":
    case "preparing":
    case "transferring":
    case "verifying": {
      const job = page.update.value?.job;
      const title = job?.version ? "update.opening.named" : "update.opening.title";
      return [title, "update.working.text", job ? `update.then.${job.restart ? "yes" : "no"}` : null];
    }
    case "away":
      return ["update.leaving.title", "update.leaving.text"];
    default:
      return [`update.${state}.title`, `update.${state}.text`];
  }
}

function valuesOf(page: UpdatePage): Values {
  const journey = page.journey.value;
  const update = page.update.value;
  if (journey) return namesOf(journey);
  if (!update) return {};
  const [from, to] = [update.running, other(update.running)];
  const version = nameOf(update.job?.version ?? null, to);
  return { version, before: nameOf(update.slots[from].version, from), from: letter(from), to: letter(to) };
}

function Steps({ page, state, steps, waiting }: Props & { readonly state: PanelState; readonly steps: readonly Step[]; readonly waiting: boolean }) {
  return (
    <ol class="update-steps" data-testid="update-steps">
      {steps.map(({ id, is }) => (
        <li key={id} class={is} aria-current={is === "now" ? "step" : undefined} data-testid={`update-step-${id}`} data-is={is}>
          <span class="update-step-mark">
            {is === "done" && <Icon of={CircleCheck} />}
            {is === "now" && <Icon of={waiting ? TriangleAlert : LoaderCircle} />}
          </span>
          <span>
            {t(`update.step.${id}`)}
            <span class="unseen">{`: ${t(`update.step.is.${is}`)}`}</span>
          </span>
          {is === "now" && <Progress page={page} state={state} />}
        </li>
      ))}
    </ol>
  );
}

function Progress({ page, state }: Props & { readonly state: PanelState }) {
  const elapsedMs = page.nowMs.value - (page.journey.value?.sinceMs ?? page.nowMs.value);
  const job = page.update.value?.job ?? null;
  return (
    <div class="update-bars">
      {barsOf(state, job, elapsedMs).map((bar) => (
        <Meter key={bar.label} bar={bar} figure={figureOf(bar, state, elapsedMs)} />
      ))}
      <Note page={page} state={state} elapsedMs={elapsedMs} job={job} />
    </div>
  );
}

function Meter({ bar: { label, done, of }, figure }: { readonly bar: Bar; readonly figure: string }) {
  return (
    // Without a measure there is nothing to say but that it goes on.
    <div class={of === null && figure === "" ? "meter bare" : "meter"} data-testid="update-bar" data-label={label}>
      <span class="meter-label">{t(label)}</span>
      {of === null ? <progress aria-label={t(label)} /> : <progress max={of} value={Math.min(done, of)} aria-label={t(label)} />}
      <span class="meter-figure">{figure}</span>
    </div>
  );
}

function figureOf({ label, done, of }: Bar, state: PanelState, elapsedMs: number): string {
  if (state === "trial" && of !== null) return t("update.bar.left", { seconds: number(Math.max(0, Math.ceil((of - elapsedMs) / 1000))) });
  if (label === "update.bar.received") return of === null ? bytes(done) : t("update.bar.of", { done: bytes(done), of: bytes(of) });
  return of === null ? "" : percent(Math.floor((100 * done) / of));
}

function Note({ page, state, elapsedMs, job }: Props & { readonly state: PanelState; readonly elapsedMs: number; readonly job: Job | null }) {
  if (state === "away") {
    const seconds = number(Math.max(0, Math.round(elapsedMs / 1000)));
    if (elapsedMs < LONG_AWAY_MS) return <p class="section-note">{t("update.away", { seconds })}</p>;
    return <p class="warns">{t("update.away.long", valuesOf(page))}</p>;
  }
  const left = job && state === "transferring" && job.resume_at === null ? secondsLeft(page.samples.value, job.of) : null;
  if (left === null) return null;
  const text = left < 90 ? t("update.left.seconds", { seconds: number(left) }) : t("update.left.minutes", { minutes: number(Math.round(left / 60)) });
  return <p class="section-note">{text}</p>;
}

/** Whose release it is, and what it brings. */
function About({ page, state }: Props & { readonly state: PanelState }) {
  const job = page.update.value?.job;
  const past = ENDS.includes(state) && state !== "failed";
  if (!job || state === "none" || past || page.journey.value?.installed === false) return null;
  return (
    <>
      {job.key && (
        <p class="update-signed" data-testid="update-signed">
          <Icon of={ShieldCheck} />
          <span>
            {t("update.signed", { key: job.key })}
            {job.created !== null && `, ${t("update.made", { date: date(job.created) })}`}
          </span>
        </p>
      )}
      {job.notes && job.version && <Notes version={job.version} notes={job.notes} />}
    </>
  );
}

export function Notes({ version, notes, open = false }: { readonly version: string; readonly notes: string; readonly open?: boolean }) {
  return (
    <details class="fold" open={open} data-testid="update-notes">
      <summary>{t("update.notes", { version })}</summary>
      <p class="update-notes">{notes}</p>
    </details>
  );
}

function Actions({ page, state }: Props & { readonly state: PanelState }) {
  const busy = page.ordering.value;
  if (WORKING.includes(state)) {
    return (
      <Row>
        <button type="button" class="button" disabled={busy} data-testid="update-cancel" onClick={() => void page.cancel()}>
          {t("update.cancel")}
        </button>
      </Row>
    );
  }
  const retry = ["failed", "canceled", "lost"].includes(state) && page.canRetry;
  if (retry) {
    return (
      <Row>
        <button type="button" class="button primary" disabled={busy} data-testid="update-retry" onClick={() => void page.retry()}>
          {t("update.retry")}
        </button>
      </Row>
    );
  }
  return page.outdated.value && ENDS.includes(state) ? <Reload /> : null;
}

function Reload() {
  return (
    <Row>
      <span class="section-note">{t("update.outdated")}</span>
      <button type="button" class="button" data-testid="update-reload" onClick={() => location.reload()}>
        <Icon of={RotateCw} />
        {t("update.reload")}
      </button>
    </Row>
  );
}

function Row({ children }: { readonly children: ComponentChildren }) {
  return <div class="trial-actions">{children}</div>;
}
