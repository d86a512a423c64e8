// A field for this device's own keyboard, where that tells of no keys: a phone's, dictation, an input method. What is in the field is typed on
// the target, in its layout; `input/field.ts` decides what a change of it means.

import { useSignal } from "@preact/signals";
import type { TargetedInputEvent, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Session } from "../../console/session.ts";
import { t } from "../../i18n/index.ts";
import { Field } from "../../input/field.ts";
import { chord, tap } from "../../input/keyboard.ts";
import { chordsOf } from "../../keys/strokes.ts";
import { targetKeys } from "./target.ts";

/** So much is enough for any word that may be corrected yet; a longer text is for Paste. */
const LONGEST = 200;
/** From here on the field is emptied between two words. */
const LONG = 100;

interface Props {
  readonly session: Session;
}

export function OwnKeyboard({ session }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const field = useMemo(() => new Field(), []);
  const missing = useSignal<readonly string[]>([]);
  const chordsFor = (character: string) => chordsOf(character, targetKeys.legends.peek(), session.control.leds.peek()?.caps === true);

  function empty(): void {
    field.forget();
    if (input.current) input.current.value = "";
  }

  function changed(value: string, composing: boolean): void {
    if (!session.control.active.peek()) {
      session.refuse();
      return empty();
    }
    const edit = field.change(value, composing, (character) => chordsFor(character) !== null);
    const typed = edit.type.flatMap((character) => (chordsFor(character) ?? []).flatMap((codes) => chord(...codes)));
    session.act([...Array.from({ length: edit.erase }, () => tap("Backspace")).flat(), ...typed]);
    missing.value = edit.missing;
    if (!composing && value.length > LONG) empty();
  }

  /** These change nothing in the field. */
  function press(code: "Enter" | "Backspace", event: Event): void {
    event.preventDefault();
    session.act(tap(code));
    if (code === "Enter") empty();
  }

  function keyDown(event: TargetedKeyboardEvent<HTMLInputElement>): void {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter") press("Enter", event);
    else if (event.key === "Backspace" && event.currentTarget.value === "") press("Backspace", event);
  }

  /** As `keyDown`, for keyboards that give code 229 for every key. */
  function beforeInput(event: TargetedInputEvent<HTMLInputElement>): void {
    if (event.inputType === "insertLineBreak" || event.inputType === "insertParagraph") press("Enter", event);
    else if (event.inputType === "deleteContentBackward" && event.currentTarget.value === "") press("Backspace", event);
  }

  useLayoutEffect(() => {
    const shown = input.current!;
    // There is no property for this event, so Preact would not find its name.
    shown.addEventListener("compositionend", () => changed(shown.value, false));
    // Still in the click that showed it, or a phone keeps its keyboard down.
    shown.focus();
  }, []);
  return (
    <div class="osk-own field">
      <input
        ref={input}
        aria-label={t("osk.own.label")}
        placeholder={t("osk.own.label")}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="enter"
        maxLength={LONGEST}
        data-testid="osk-own-field"
        onKeyDown={keyDown}
        onBeforeInput={beforeInput}
        onInput={(event) => changed(event.currentTarget.value, event.isComposing)}
        onBlur={empty}
      />
      <p class={missing.value.length > 0 ? "osk-note" : "unseen"} role="status" data-testid="osk-own-missing">
        {missing.value.length > 0 && t("osk.own.missing", { signs: missing.value.join(" ") })}
      </p>
    </div>
  );
}
