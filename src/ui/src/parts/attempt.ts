// A form that says what is wrong with its fields once somebody has tried to send it.

import { useSignal } from "@preact/signals";
import type { Key } from "../i18n/index.ts";

interface Attempt<F extends string> {
  /** What to say at this field. */
  said(field: F): Key | undefined;
  /** It may be sent; otherwise the first field that keeps it from that gets the focus. */
  passes(event: Event): boolean;
  /** Nothing is wrong until it is tried again. */
  forget(): void;
}

/** `errors`: what is wrong now, by field. */
export function useAttempt<F extends string>(errors: Partial<Record<F, Key>>): Attempt<F> {
  const tried = useSignal(false);
  return {
    said: (field) => (tried.value ? errors[field] : undefined),
    passes(event) {
      event.preventDefault();
      tried.value = true;
      if (Object.keys(errors).length === 0) return true;
      const form = event.currentTarget as HTMLFormElement;
      // Once the page shows which field it is.
      setTimeout(() => form.querySelector<HTMLInputElement>("[aria-invalid]")?.focus());
      return false;
    },
    forget: () => void (tried.value = false),
  };
}
