// Diagnostics: what is wrong and what to do, how the appliance is, its log as it comes, and a file for whoever helps.

import { CircleCheck, CircleX, TriangleAlert } from "lucide-preact";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Trouble, troubleOf } from "../../access/trouble.ts";
import { type Diagnostics, diagnostics, type Finding, followLog, type Line, supportBundle } from "../../api/diagnostics.ts";
import { saveFile } from "../../console/holds.ts";
import { found, LEVELS, type LeastLevel, withLine } from "../../diagnostics/log.ts";
import { device, isAdmin } from "../../device.ts";
import { number, t } from "../../i18n/index.ts";
import { CopyButton } from "../../parts/copy.tsx";
import { type Fact, Facts } from "../../parts/facts.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Modal } from "../../parts/modal.tsx";
import { Select } from "../../parts/select.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { bytes, duration, exactMoment } from "./units.ts";

const LOOK_MS = 5000;
/** Sooner than anybody could read. */
const TOGETHER_MS = 50;

export function DiagnosticsSection() {
  const now = useSignal<Diagnostics | null>(null);
  const trouble = useSignal<Trouble | null>(null);
  useEffect(() => {
    const look = () =>
      void diagnostics().then(
        (answer) => {
          now.value = answer;
          trouble.value = null;
        },
        (caught) => (trouble.value = troubleOf(caught)),
      );
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <p class="lead">{t("diagnostics.lead")}</p>
      <TroubleLine trouble={trouble.value} testId="diagnostics-error" />
      {now.value && <Findings findings={now.value.findings} />}
      {now.value && (
        <section class="block" aria-labelledby="diagnostics-health">
          <h4 id="diagnostics-health">{t("diagnostics.health")}</h4>
          <Facts facts={factsOf(now.value)} />
        </section>
      )}
      {isAdmin.value && <Log />}
      {isAdmin.value && <Support />}
    </>
  );
}

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <section class="block" aria-labelledby="diagnostics-check">
      <h4 id="diagnostics-check">{t("diagnostics.check")}</h4>
      {findings.length === 0 && (
        <p class="finding" data-testid="diagnostics-well">
          <Icon of={CircleCheck} />
          <span>{t("diagnostics.well")}</span>
        </p>
      )}
      <ul class="findings" aria-label={t("diagnostics.check")}>
        {findings.map(({ finding, severity }) => (
          <li key={finding} class={`finding ${severity}`} data-testid="diagnostics-finding" data-finding={finding}>
            <Icon of={severity === "bad" ? CircleX : TriangleAlert} />
            <span>
              <strong>{t(`finding.${finding}`)}</strong> {t(`finding.${finding}.do`)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function factsOf({ health, capture, usb, synchronized, data, uptime }: Diagnostics): Fact[] {
  const known = <T,>(value: T | null | undefined, text: (value: T) => string) => (value === null || value === undefined ? t("health.unknown") : text(value));
  const { temperature_c, undervoltage, throttled, memory, memory_available, card_errors } = health;
  const free = (available: number) => t("health.memory.value", { free: bytes(available), size: bytes(memory ?? 0) });
  return [
    { name: t("health.temperature"), value: known(temperature_c, (degrees) => t("health.degrees", { degrees: number(degrees, 1) })), testId: "health-temperature" },
    { name: t("health.undervoltage"), value: known(undervoltage, (is) => t(is ? "health.undervoltage.yes" : "health.undervoltage.no")), warns: undervoltage === true, testId: "health-undervoltage" },
    { name: t("health.throttled"), value: known(throttled, (is) => t(is ? "health.throttled.yes" : "health.throttled.no")), warns: throttled === true },
    { name: t("health.memory"), value: known(memory_available, free) },
    { name: t("health.card"), value: known(card_errors, (errors) => t("health.card.value", { count: number(errors) })), warns: (card_errors ?? 0) > 0 },
    { name: t("health.data"), value: data.size > 0 ? t("health.memory.value", { free: bytes(data.free), size: bytes(data.size) }) : t("health.unknown") },
    { name: t("health.clock"), value: known(synchronized, (is) => t(is ? "health.clock.yes" : "health.clock.no")), warns: synchronized === false },
    { name: t("health.capture"), value: t("health.capture.value", { captured: number(capture.captured), dropped: number(capture.dropped), damaged: number(capture.damaged) }), testId: "health-capture" },
    { name: t("health.usb"), value: t(`health.usb.${usb}`), testId: "health-usb" },
    { name: t("health.uptime"), value: duration(uptime) },
  ];
}

function Log() {
  const lines = useSignal<readonly Line[]>([]);
  const list = useRef<HTMLOListElement>(null);
  const connected = useSignal(true);
  const least = useSignal<LeastLevel>("info");
  const query = useSignal("");
  useEffect(() => {
    // At first all lines that are kept come at once: they are drawn together.
    let heard: Line[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    function show(): void {
      lines.value = heard.reduce(withLine, lines.peek());
      heard = [];
    }
    function hear(line: Line): void {
      if (heard.push(line) === 1) timer = setTimeout(show, TOGETHER_MS);
    }
    const stop = followLog(hear, (is) => (connected.value = is));
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  const shown = found(lines.value, least.value, query.value);
  return (
    <section class="block" aria-labelledby="diagnostics-log">
      <h4 id="diagnostics-log">{t("log.title")}</h4>
      <p class="section-note">{t("log.lead")}</p>
      <Select label={t("log.level")} values={LEVELS} value={least.value} text={(level) => t(`log.level.${level}`)} testId="log-level" onChoose={(level) => (least.value = level)} />
      <input
        type="search"
        class="search"
        aria-label={t("log.filter")}
        placeholder={t("log.filter")}
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        data-testid="log-filter"
        onInput={(event) => (query.value = event.currentTarget.value)}
      />
      <p class={connected.value ? "section-note" : "section-note warns"} role="status" data-testid="log-count">
        {connected.value ? t("log.count", { shown: number(shown.length), total: number(lines.value.length) }) : t("log.lost")}
      </p>
      {/* It scrolls, so the keys must be able to reach it. */}
      <ol ref={list} class="log" reversed tabIndex={0} aria-labelledby="diagnostics-log" data-testid="log">
        {shown.map((line) => (
          <li key={line.number} class={line.level} data-testid="log-line" data-level={line.level}>
            <span class="log-time">{timeOf(line)}</span> <span class="log-level">{line.level}</span> {line.part}: {line.text}
          </li>
        ))}
      </ol>
      {/* The oldest first: who reads it elsewhere reads downwards. */}
      <div class="trial-actions">
        <CopyButton text={() => shown.map(textOf).reverse().join("\n")} testId="log-copy" onFailed={() => getSelection()?.selectAllChildren(list.current!)} />
      </div>
    </section>
  );
}

function textOf(line: Line): string {
  return `${timeOf(line)} ${line.level} ${line.part}: ${line.text}`;
}

/** By the clock, or since power-on while that was never set. */
function timeOf({ time, uptime_ms }: Line): string {
  return time === null ? t("log.uptime", { seconds: number(uptime_ms / 1000, 1) }) : exactMoment(time);
}

function Support() {
  const redacted = useSignal(true);
  const bundle = useSignal<string | null>(null);
  const trouble = useSignal<Trouble | null>(null);
  async function make(): Promise<void> {
    try {
      bundle.value = await supportBundle(redacted.peek());
      trouble.value = null;
    } catch (caught) {
      trouble.value = troubleOf(caught);
    }
  }
  return (
    <section class="block" aria-labelledby="diagnostics-support">
      <h4 id="diagnostics-support">{t("support.title")}</h4>
      <p class="section-note">{t("support.lead")}</p>
      <label class="tick">
        <input type="checkbox" checked={!redacted.value} data-testid="support-whole" onChange={(event) => (redacted.value = !event.currentTarget.checked)} />
        <span>{t("support.whole")}</span>
      </label>
      <TroubleLine trouble={trouble.value} testId="support-error" />
      <div class="trial-actions">
        <button type="button" class="button" data-testid="support-make" onClick={() => void make()}>
          {t("support.make")}
        </button>
      </div>
      {bundle.value !== null && <Bundle text={bundle.value} redacted={redacted.value} onClose={() => (bundle.value = null)} />}
    </section>
  );
}

/** All of it is shown before anything is saved. */
function Bundle({ text, redacted, onClose }: { readonly text: string; readonly redacted: boolean; readonly onClose: () => void }) {
  function save(): void {
    const name = redacted ? "farseat" : (device.peek()?.name ?? "farseat");
    saveFile(new Blob([text], { type: "application/json" }), `${name}-support.json`);
    onClose();
  }
  const shown = useRef<HTMLTextAreaElement>(null);
  return (
    <Modal title={t("support.show")} testId="support" look="wide" onClose={onClose}>
      <p>{t(redacted ? "support.redacted" : "support.open")}</p>
      <textarea ref={shown} class="code bundle" readOnly rows={16} spellcheck={false} aria-label={t("support.show")} data-testid="support-text">
        {text}
      </textarea>
      <div class="trial-actions">
        <button type="button" class="button primary" data-testid="support-save" onClick={save}>
          {t("support.save")}
        </button>
        <CopyButton text={() => text} testId="support-copy" onFailed={() => shown.current!.select()} />
        <button type="button" class="button" autofocus data-testid="support-cancel" onClick={onClose}>
          {t("action.cancel")}
        </button>
      </div>
    </Modal>
  );
}
