// What the sections about access say alike.

import { t } from "../../i18n/index.ts";
import { future, past } from "./units.ts";

/** Seconds since it happened. */
export function agoText(seconds: number): string {
  return past(seconds) ?? t("access.now");
}

/** For a moment in seconds since 1970. */
export function sinceText(moment: number): string {
  return agoText(Date.now() / 1000 - moment);
}

export function expiresText(moment: number): string {
  const left = moment - Date.now() / 1000;
  return left <= 0 ? t("access.over") : t("access.expires", { time: future(left) ?? t("access.soon") });
}
