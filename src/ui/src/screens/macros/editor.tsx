// One macro, open: its name, the digit that runs it, and its steps.

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { number, t } from "../../i18n/index.ts";
import { CODES, codeOf, usageOf } from "../../input/usages.ts";
import { keyName } from "../../keys/names.ts";
import type { MacroDesk } from "../../macros/desk.ts";
import { type Editing, insert, isWhole, type Kind, KINDS, move, remove, replace, turnInto } from "../../macros/edit.ts";
import { isName, isWait, LONGEST_NAME, type Macro, type Step } from "../../macros/macro.ts";
import type { Saved } from "../../macros/store.ts";
import { Field } from "../../parts/field.tsx";
import { Select } from "../../parts/select.tsx";
import { targetKeys } from "../keys/target.ts";

interface Props {
  readonly desk: MacroDesk;
  readonly draft: Macro;
  readonly onSaved: (saved: Saved) => void;
}

const NO_DIGIT = "0";
const DIGITS = [NO_DIGIT, "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;
/** One name for each key. */
const KEYS = CODES.filter((code) => codeOf(usageOf(code)!) === code);

export function Editor({ desk, draft, onSaved }: Props) {
  const name = useSignal(draft.name);
  const digit = useSignal<(typeof DIGITS)[number]>(DIGITS[draft.digit ?? 0]!);
  const editing = useSignal<Editing>({ steps: draft.steps, at: -1 });
  const edited: Macro = { ...draft, name: name.value.trim(), digit: digit.value === NO_DIGIT ? null : Number(digit.value), steps: editing.value.steps };
  const known = desk.store.macros.value.some(({ id }) => id === draft.id);

  function close(saved: Saved): void {
    onSaved(saved);
    if (saved !== "full") desk.draft.value = null;
  }

  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isWhole(edited)) close(desk.store.save(edited));
      }}
    >
      <Field
        label={t("macro.name")}
        testId="macro-name"
        value={name.value}
        onValue={(value) => (name.value = value)}
        autocomplete="off"
        maxLength={LONGEST_NAME}
        error={isName(name.value) ? undefined : t("macro.name.rule")}
      />
      <Select
        label={t("macro.digit")}
        values={DIGITS}
        value={digit.value}
        text={(value) => (value === NO_DIGIT ? t("macro.digit.none") : value)}
        testId="macro-digit"
        onChoose={(value) => (digit.value = value)}
      />
      <Steps editing={editing.value} onChange={(changed) => (editing.value = changed)} />
      <div class="macro-actions">
        <button class="button primary" disabled={!isWhole(edited)} data-testid="macro-save">
          {t("macro.save")}
        </button>
        <button type="button" class="button" data-testid="macro-cancel" onClick={() => (desk.draft.value = null)}>
          {t("action.cancel")}
        </button>
        {known && (
          <button type="button" class="button plain" data-testid="macro-delete" onClick={() => close(desk.store.remove(draft.id))}>
            {t("macro.delete")}
          </button>
        )}
      </div>
    </form>
  );
}

interface StepsProps {
  readonly editing: Editing;
  readonly onChange: (editing: Editing) => void;
}

function Steps({ editing, onChange }: StepsProps) {
  return (
    <div class="field">
      <p class="steps-title">{t("macro.steps")}</p>
      <ol class="macro-steps" data-testid="macro-steps">
        {editing.steps.map((step, index) => (
          <li key={index}>
            <button
              type="button"
              class="macro-step"
              aria-expanded={index === editing.at}
              data-testid="macro-step"
              onClick={() => onChange({ ...editing, at: index === editing.at ? -1 : index })}
            >
              {wordsOf(step)}
            </button>
            {index === editing.at && <Open editing={editing} step={step} onChange={onChange} />}
          </li>
        ))}
      </ol>
      <button type="button" class="button" data-testid="macro-add" onClick={() => onChange(insert(editing))}>
        {t("macro.add")}
      </button>
    </div>
  );
}

function Open({ editing, step, onChange }: StepsProps & { readonly step: Step }) {
  const legends = targetKeys.legends.value;
  return (
    <div class="macro-open">
      <Select
        label={t("macro.do", { number: editing.at + 1 })}
        values={KINDS}
        value={step.do}
        text={(kind: Kind) => t(`macro.do.${kind}`)}
        testId="macro-do"
        onChoose={(kind) => onChange(turnInto(editing, kind))}
      />
      {step.do === "wait" ? (
        <Wait ms={step.ms} onMs={(ms) => onChange(replace(editing, { do: "wait", ms }))} />
      ) : (
        <Select
          label={t("macro.key")}
          values={KEYS}
          value={step.key}
          text={(code) => keyName(code, legends)}
          testId="macro-key"
          onChoose={(key) => onChange(replace(editing, { do: step.do, key }))}
        />
      )}
      <div class="macro-actions">
        <button type="button" class="button" data-testid="macro-up" onClick={() => onChange(move(editing, -1))}>
          {t("macro.up")}
        </button>
        <button type="button" class="button" data-testid="macro-down" onClick={() => onChange(move(editing, 1))}>
          {t("macro.down")}
        </button>
        <button type="button" class="button" data-testid="macro-remove" onClick={() => onChange(remove(editing))}>
          {t("macro.remove")}
        </button>
      </div>
    </div>
  );
}

function Wait({ ms, onMs }: { readonly ms: number; readonly onMs: (ms: number) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t("macro.ms")}</label>
      <input
        id={id}
        type="text"
        inputMode="numeric"
        maxLength={5}
        autocomplete="off"
        value={Number.isNaN(ms) ? "" : String(ms)}
        aria-invalid={isWait(ms) ? undefined : true}
        aria-describedby={`${id}-note`}
        data-testid="macro-ms"
        onInput={(event) => onMs(/^\d+$/.test(event.currentTarget.value) ? Number(event.currentTarget.value) : Number.NaN)}
      />
      <div id={`${id}-note`} class="field-note">
        {t("macro.ms.rule")}
      </div>
    </div>
  );
}

function wordsOf(step: Step): string {
  if (step.do === "wait") return t("macro.step.wait", { ms: Number.isNaN(step.ms) ? "?" : number(step.ms) });
  return t(`macro.step.${step.do}`, { key: keyName(step.key, targetKeys.legends.value) });
}
