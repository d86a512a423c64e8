// Short messages that go by themselves.

import { signal } from "@preact/signals";
import { type Key, t } from "../i18n/index.ts";
import type { Values } from "../i18n/format.ts";

export interface Toast {
  readonly id: number;
  readonly text: string;
}

export const toasts = signal<readonly Toast[]>([]);

const SHOWN_MS = 5000;
let last = 0;

export function toast(key: Key, values: Values = {}): void {
  const text = t(key, values);
  // The same words twice would only push others away.
  toasts.value = toasts.value.filter((toast) => toast.text !== text);
  const id = ++last;
  toasts.value = [...toasts.value, { id, text }].slice(-3);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}
