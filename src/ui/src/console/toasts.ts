// Short messages that go by themselves.

import { signal } from "@preact/signals";
import type { Key } from "../i18n/index.ts";
import type { Values } from "../i18n/format.ts";

export interface Toast {
  readonly id: number;
  readonly key: Key;
  readonly values: Values;
}

export const toasts = signal<readonly Toast[]>([]);

const SHOWN_MS = 5000;
let last = 0;

export function toast(key: Key, values: Values = {}): void {
  const words = JSON.stringify([key, values]);
  // The same words twice would only push others away.
  toasts.value = toasts.value.filter((toast) => JSON.stringify([toast.key, toast.values]) !== words);
  const id = ++last;
  toasts.value = [...toasts.value, { id, key, values }].slice(-3);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}
