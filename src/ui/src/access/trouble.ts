// Why something could not be done, in the page's words where it has some. Pure.

import { ApiError } from "../api/client.ts";
import { said, type Values } from "../i18n/format.ts";
import type { Key } from "../i18n/index.ts";

export interface Trouble {
  readonly code: string;
  readonly key: Key;
  readonly values: Values;
}

const KNOWN: Readonly<Record<string, Key>> = {
  unreachable: "error.unreachable",
  last_admin: "access.lastAdmin",
  exists: "access.exists",
  role: "access.role",
};

/** `null`: nothing to complain about. Without a session the console asks for the login; a question left is an answer. */
export function troubleOf(caught: unknown): Trouble | null {
  const error = caught instanceof ApiError ? caught : new ApiError(0, "unreachable", "", 0);
  const { code, status } = error;
  if (code === "confirm" || code === "no_session") return null;
  if (status === 429) return { code, key: "access.wait", values: { seconds: Math.max(1, error.retryAfter) } };
  const key = KNOWN[code];
  if (key) return { code, key, values: {} };
  return { code, key: "error.server", values: { message: said(error.message, error.next) } };
}
