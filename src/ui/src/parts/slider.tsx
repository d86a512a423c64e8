// A number between two others: shown while it is moved, told when it is let go, and a way back to its default.

import "../style/slider.css";
import { RotateCcw } from "lucide-preact";
import { useId } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { Icon } from "./icon.tsx";

interface Props {
  readonly label: string;
  readonly testId: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly step?: number;
  readonly text: string;
  readonly hint?: string;
  /** Where `reset` leads. */
  readonly initial: number;
  readonly onMove: (value: number) => void;
  readonly onDone: () => void;
}

export function Slider({ label, testId, value, least, most, step, text, hint, initial, onMove, onDone }: Props) {
  const id = useId();
  const reset = t("slider.reset", { name: label });
  return (
    <div class="slider">
      <label for={id}>{label}</label>
      <output for={id} data-testid={`${testId}-value`}>
        {text}
      </output>
      <input
        id={id}
        type="range"
        min={least}
        max={most}
        step={step ?? 1}
        value={value}
        aria-valuetext={text}
        aria-describedby={hint ? `${id}-hint` : undefined}
        data-testid={testId}
        onInput={(event) => onMove(event.currentTarget.valueAsNumber)}
        onChange={onDone}
      />
      <button
        type="button"
        class="bar-button icon-only"
        aria-label={reset}
        title={reset}
        disabled={value === initial}
        data-testid={`${testId}-reset`}
        onClick={() => {
          onMove(initial);
          onDone();
        }}
      >
        <Icon of={RotateCcw} />
      </button>
      {hint && (
        <p id={`${id}-hint`} class="field-note">
          {hint}
        </p>
      )}
    </div>
  );
}
