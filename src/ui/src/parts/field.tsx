// One labelled input with its hint and its error.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { t } from "../i18n/index.ts";

interface Props {
  readonly label: string;
  readonly testId: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly autocomplete: string;
  readonly password?: boolean;
  readonly required?: boolean;
  readonly autofocus?: boolean;
  readonly maxLength?: number;
  readonly readOnly?: boolean;
  /** Which keys a phone offers. */
  readonly inputMode?: "text" | "numeric";
  readonly error?: string | undefined;
  readonly children?: ComponentChildren;
}

export function Field(props: Props) {
  const id = useId();
  const shown = useSignal(false);
  const note = props.error || props.children;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="field-box">
        <input
          id={id}
          data-testid={props.testId}
          type={props.password && !shown.value ? "password" : "text"}
          value={props.value}
          autocomplete={props.autocomplete as "on"}
          autocapitalize="none"
          spellcheck={false}
          inputMode={props.inputMode}
          required={props.required ?? true}
          maxLength={props.maxLength ?? 256}
          readOnly={props.readOnly ?? false}
          // The first field of a screen that has just opened: typing may begin at once.
          ref={props.autofocus ? focusOnce : null}
          autofocus={props.autofocus ?? false}
          aria-invalid={props.error ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          onInput={(event) => props.onValue(event.currentTarget.value)}
        />
        {props.password && (
          <button
            type="button"
            class="button plain field-eye"
            aria-pressed={shown.value}
            onClick={() => (shown.value = !shown.value)}
          >
            {shown.value ? t("field.hide") : t("field.show")}
          </button>
        )}
      </div>
      {note && (
        <div id={`${id}-note`} class={props.error ? "field-note error" : "field-note"}>
          {note}
        </div>
      )}
    </div>
  );
}

const focused = new WeakSet<HTMLInputElement>();

function focusOnce(input: HTMLInputElement | null): void {
  if (!input || focused.has(input)) return;
  focused.add(input);
  input.focus();
}
