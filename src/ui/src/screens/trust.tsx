// "Trust this device": the CA certificate, what to do with it on each system, and whether that has worked.

import { device, reload } from "../device.ts";
import { t } from "../i18n/index.ts";
import { Plate } from "../parts/plate.tsx";
import { TrustCheck, TrustSteps } from "../parts/trust-steps.tsx";

export function Trust() {
  return (
    <Plate title={t("trust.title")} testId="trust" wide>
      <p class="lead">{t("trust.text", { name: device.value?.name ?? "" })}</p>
      <TrustCheck />
      <TrustSteps />
      <p class="aside">{t("trust.note")}</p>
      <button type="button" class="button" data-testid="trust-continue" onClick={leave}>
        {device.value?.user ? t("trust.console") : t("trust.login")}
      </button>
    </Plate>
  );
}

function leave(): void {
  history.replaceState(null, "", location.pathname + location.search);
  void reload();
}
