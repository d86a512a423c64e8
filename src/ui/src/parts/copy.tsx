// A text to take along: shown in full, with a button that copies it.

import { Check, Copy as CopyIcon } from "lucide-preact";
import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { Icon } from "./icon.tsx";

interface Props {
  readonly label: string;
  readonly text: string;
  readonly testId: string;
}

const SHOWN_MS = 3000;

/** One line or several; several are shown as they are. */
export function CopyText({ label, text, testId }: Props) {
  const id = useId();
  const shown = useRef<HTMLTextAreaElement>(null);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="copy">
        <textarea
          ref={shown}
          id={id}
          class="code"
          readOnly
          rows={rowsOf(text)}
          spellcheck={false}
          data-testid={testId}
          onFocus={(event) => event.currentTarget.select()}
        >
          {text}
        </textarea>
        <CopyButton text={() => text} testId={`${testId}-copy`} onFailed={() => shown.current!.focus()} />
      </div>
    </div>
  );
}

/** `text` is asked for when it is pressed. */
export function CopyButton({ text, testId, onFailed }: { readonly text: () => string; readonly testId: string; readonly onFailed: () => void }) {
  const copied = useSignal(false);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text());
      copied.value = true;
      setTimeout(() => (copied.value = false), SHOWN_MS);
    } catch {
      // The browser does not allow it: the text is selected, so that Ctrl+C takes it.
      onFailed();
    }
  }
  return (
    <button type="button" class="button tall" data-testid={testId} data-copied={copied.value} onClick={() => void copy()}>
      <Icon of={copied.value ? Check : CopyIcon} />
      <span role="status">{copied.value ? t("access.copied") : t("access.copy")}</span>
    </button>
  );
}

/** For browsers that do not measure it themselves (`field-sizing`). */
function rowsOf(text: string): number {
  return Math.min(8, text.split("\n").reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / 30)), 0));
}
