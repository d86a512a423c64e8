// Amounts and times as people read them, in the page's language.

import { ago, lengthOf, until } from "../../access/times.ts";
import { inLanguage } from "../../i18n/index.ts";

export function bytes(count: number): string {
  if (count >= 1e9) return gigabytes().format(count / 1e9);
  return (count < 1e8 ? fewMegabytes() : megabytes()).format(count / 1e6);
}

/** Of a hundred. */
export function percent(value: number): string {
  return percents().format(value / 100);
}

/** Seconds since 1970. */
export function date(seconds: number): string {
  return dates().format(seconds * 1000);
}

export function moment(seconds: number): string {
  return moments().format(seconds * 1000);
}

/** To the second. */
export function exactMoment(seconds: number): string {
  return exactMoments().format(seconds * 1000);
}

/** How long, in days, hours and minutes. */
export function duration(seconds: number): string {
  return lengthOf(seconds, locale());
}

/** "5 minutes ago"; `null` within the last minute. */
export function past(seconds: number): string | null {
  return ago(seconds, relative());
}

/** "in 3 days"; `null` within the next minute. */
export function future(seconds: number): string | null {
  return until(seconds, relative());
}

/** One of several of a kind, as in a list to choose from: "30 seconds". */
export function amount(value: number, unit: "second" | "minute"): string {
  return (unit === "second" ? seconds() : minutes()).format(value);
}

const locale = inLanguage((locale) => locale);
const unit = (unit: string, maximumFractionDigits = 0, unitDisplay: "short" | "long" = "short") =>
  inLanguage((locale) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits }));
const gigabytes = unit("gigabyte", 1);
const megabytes = unit("megabyte");
const fewMegabytes = unit("megabyte", 1);
const seconds = unit("second", 0, "long");
const minutes = unit("minute", 0, "long");
const percents = inLanguage((locale) => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }));
const moments = inLanguage((locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }));
const exactMoments = inLanguage((locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }));
const dates = inLanguage((locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium" }));
const relative = inLanguage((locale) => new Intl.RelativeTimeFormat(locale, { numeric: "always" }));
