// The jiggler: whether it moves the mouse when nobody does, how often, on which days and at which hours.

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Day, JigglerSettings } from "../../api/settings.ts";
import { t } from "../../i18n/index.ts";
import { Choice } from "../../parts/menu.tsx";
import { Select } from "../../parts/select.tsx";
import { here, hoursOf, type Part, partOf } from "../../settings/hours.ts";
import type { RuntimePage } from "../../settings/runtime.ts";
import { amount } from "./units.ts";

const DAYS: readonly Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const INTERVALS = [15, 30, 60, 120, 300, 600, 1800];
const OFFICE: Part = { from: "08:00", until: "18:00" };

export function Jiggler({ page }: { readonly page: RuntimePage }) {
  const jiggler = page.current.value?.jiggler;
  const change = (jiggler: Partial<JigglerSettings>) => void page.change({ jiggler });
  return (
    <section class="block fields" aria-labelledby="input-jiggler">
      <h4 id="input-jiggler">{t("jiggler.title")}</h4>
      <p class="section-note">{t("jiggler.text")}</p>
      {jiggler && (
        <>
          <Choice
            name="jiggler"
            label={t("jiggler.switch")}
            values={["off", "on"]}
            value={jiggler.on ? "on" : "off"}
            text={(value) => t(`jiggler.switch.${value}`)}
            onChoose={(value) => change({ on: value === "on" })}
          />
          <Interval seconds={jiggler.interval_s} onChoose={(interval_s) => change({ interval_s })} />
          <Days days={jiggler.days} onChoose={(days) => change({ days })} />
          <Hours hours={jiggler.hours} onChoose={(hours) => change({ hours })} />
        </>
      )}
    </section>
  );
}

function Interval({ seconds, onChoose }: { readonly seconds: number; readonly onChoose: (seconds: number) => void }) {
  // One that was set elsewhere is shown too.
  const all = [...new Set([...INTERVALS, seconds])].sort((a, b) => a - b);
  const text = (value: string) => {
    const seconds = Number(value);
    return seconds % 60 === 0 ? amount(seconds / 60, "minute") : amount(seconds, "second");
  };
  return (
    <Select
      label={t("jiggler.interval")}
      values={all.map(String)}
      value={String(seconds)}
      text={text}
      testId="jiggler-interval"
      onChoose={(value) => onChoose(Number(value))}
    />
  );
}

function Days({ days, onChoose }: { readonly days: readonly Day[]; readonly onChoose: (days: Day[]) => void }) {
  return (
    <fieldset class="days">
      <legend>{t("jiggler.days")}</legend>
      {DAYS.map((day) => (
        <label key={day}>
          <input
            type="checkbox"
            checked={days.includes(day)}
            // None at all is what the switch is for.
            disabled={days.length === 1 && days.includes(day)}
            data-testid={`jiggler-${day}`}
            onChange={(event) => onChoose(DAYS.filter((each) => (each === day ? event.currentTarget.checked : days.includes(each))))}
          />
          <span>{t(`jiggler.day.${day}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Hours({ hours, onChoose }: { readonly hours: string; readonly onChoose: (hours: string) => void }) {
  const kept = partOf(hours);
  const draft = useSignal<Part>(kept ?? OFFICE);
  const asked = useSignal(kept !== null);
  const valid = hoursOf(draft.value);
  const east = -new Date().getTimezoneOffset();
  function edit(part: Partial<Part>): void {
    draft.value = { ...draft.value, ...part };
  }
  function keep(): void {
    const wanted = hoursOf(draft.value);
    if (wanted !== null && wanted !== hours) onChoose(wanted);
  }
  return (
    <>
      <Choice
        name="jiggler-hours"
        label={t("jiggler.hours")}
        values={["always", "part"]}
        value={asked.value ? "part" : "always"}
        text={(value) => t(`jiggler.hours.${value}`)}
        onChoose={(value) => {
          asked.value = value === "part";
          if (value === "part") keep();
          else onChoose("always");
        }}
      />
      {asked.value && (
        <>
          <div class="pair">
            <Time label={t("jiggler.from")} testId="jiggler-from" value={draft.value.from} onValue={(from) => edit({ from })} onDone={keep} />
            <Time label={t("jiggler.until")} testId="jiggler-until" value={draft.value.until} onValue={(until) => edit({ until })} onDone={keep} />
          </div>
          <p class="section-note" data-testid="jiggler-here">
            {valid ? t("jiggler.here", { from: here(draft.value.from, east), until: here(draft.value.until, east) }) : t("jiggler.rule")}
          </p>
        </>
      )}
    </>
  );
}

interface TimeProps {
  readonly label: string;
  readonly testId: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly onDone: () => void;
}

function Time({ label, testId, value, onValue, onDone }: TimeProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-box">
        <input
          id={id}
          type="time"
          required
          value={value}
          data-testid={testId}
          onInput={(event) => onValue(event.currentTarget.value)}
          onBlur={onDone}
        />
      </div>
    </div>
  );
}
