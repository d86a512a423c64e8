// Proving who one is: what is asked for next, and what is said when it was not enough. Used by the login and by the
// question for the password before something that matters. Pure.

import type { ApiError } from "../api/client.ts";
import { said as ofDevice } from "../i18n/format.ts";
import type { Key } from "../i18n/index.ts";
import type { Values } from "../i18n/format.ts";

export type Asks = "password" | "code";

export interface Words {
  readonly key: Key;
  readonly values: Values;
}

/** A code of the authenticator app is asked for once the password is right. */
export function asksAfter(asked: Asks, error: ApiError | null): Asks {
  switch (error?.code) {
    case "second_factor":
    case "second_factor_wrong":
    case "second_factor_clock":
      return "code";
    case "login":
      return "password";
    default:
      return asked;
  }
}

/** Why it was refused; `null` = nothing to complain about. A wait is said by its countdown. */
export function wordsFor(error: ApiError | null): Words | null {
  if (!error || error.status === 429) return null;
  if (error.status === 0) return said("error.unreachable");
  switch (error.code) {
    case "login":
      return said("login.wrong");
    case "second_factor":
      return null;
    case "second_factor_wrong":
      return said("login.code.wrong");
    case "second_factor_clock":
      return said("login.code.clock");
    default:
      return { key: "error.server", values: { message: ofDevice(error.message) } };
  }
}

/** As the appliance wants it: people type codes in groups. */
export function codeOf(typed: string): string {
  return typed.replace(/\s/g, "");
}

function said(key: Key): Words {
  return { key, values: {} };
}
