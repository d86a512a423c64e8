// Amounts as people read them.

import { number, t } from "../../i18n/index.ts";

export function bytes(count: number): string {
  if (count >= 1e9) return t("unit.gigabytes", { count: number(count / 1e9, 1) });
  return t("unit.megabytes", { count: number(count / 1e6, count < 1e8 ? 1 : 0) });
}

const dates = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const moments = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const exactMoments = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

/** Seconds since 1970. */
export function date(seconds: number): string {
  return dates.format(seconds * 1000);
}

export function moment(seconds: number): string {
  return moments.format(seconds * 1000);
}

/** To the second. */
export function exactMoment(seconds: number): string {
  return exactMoments.format(seconds * 1000);
}
