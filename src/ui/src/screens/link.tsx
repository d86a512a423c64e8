// A guest link that did not open, and why.

import { linkRefusal, reload } from "../device.ts";
import { said } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import { Plate } from "../parts/plate.tsx";

export function Link() {
  return (
    <Plate title={t("link.title")} testId="link">
      <p data-testid="link-text">{textOf()}</p>
      <button type="button" class="button primary" data-testid="link-login" onClick={() => void reload()}>
        {t("link.login")}
      </button>
    </Plate>
  );
}

function textOf(): string {
  const refusal = linkRefusal.value;
  if (!refusal || refusal.status === 0) return t("error.unreachable");
  if (refusal.status === 429) return t("link.wait", { seconds: Math.max(1, refusal.retryAfter) });
  return refusal.code === "guest_link" ? t("link.over") : t("error.server", { message: said(refusal.message) });
}
