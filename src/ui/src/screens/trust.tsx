// "Trust this device": the CA certificate and what to do with it on each system.

import { device, reload } from "../device.ts";
import { t } from "../i18n/index.ts";
import { Plate } from "../parts/plate.tsx";

const SYSTEMS = ["windows", "macos", "linux", "firefox", "ios", "android"] as const;
type System = (typeof SYSTEMS)[number];

export function Trust() {
  const here = systemOf(navigator.userAgent);
  return (
    <Plate title={t("trust.title")} testId="trust" wide>
      <p class="lead">{t("trust.text", { name: device.value?.name ?? "" })}</p>
      <p>
        <a class="button primary" href="/ca.crt" download={`${device.value?.name ?? "farseat"}-ca.crt`} data-testid="trust-download">
          {t("trust.download")}
        </a>
      </p>
      <div class="folds">
        {SYSTEMS.map((system) => (
          <details key={system} open={system === here} name="system">
            <summary>{t(`trust.${system}`)}</summary>
            <ol class="steps">
              <li>{t(`trust.${system}.1`)}</li>
              <li>{t(`trust.${system}.2`)}</li>
              <li>{t(`trust.${system}.3`)}</li>
            </ol>
          </details>
        ))}
      </div>
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

function systemOf(userAgent: string): System {
  if (/android/i.test(userAgent)) return "android";
  if (/iphone|ipad/i.test(userAgent)) return "ios";
  if (/firefox/i.test(userAgent)) return "firefox";
  if (/windows/i.test(userAgent)) return "windows";
  return /mac os/i.test(userAgent) ? "macos" : "linux";
}
