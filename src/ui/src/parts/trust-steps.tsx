// How this browser comes to trust the device: its CA certificate, the steps on each system, and a check that turns
// green by itself. On the trust page and in Settings.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { trustVerdict, type Verdict } from "../access/trust-check.ts";
import { device } from "../device.ts";
import texts from "../i18n/en.trust.json";
import { learn, t } from "../i18n/index.ts";

learn(texts);

const SYSTEMS = ["windows", "macos", "linux", "firefox", "ios", "android"] as const;
type System = (typeof SYSTEMS)[number];

export function TrustSteps() {
  const here = systemOf(navigator.userAgent);
  return (
    <>
      <p>
        <a class="button primary tall" href="/ca.crt" download={`${device.value?.name ?? "farseat"}-ca.crt`} data-testid="trust-download">
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
    </>
  );
}

/** Looks again when somebody comes back from the system's settings. */
export function TrustCheck() {
  const verdict = useSignal<Verdict | "checking">("checking");
  async function check(): Promise<void> {
    const shown = verdict.value;
    // What is green stays so while it is looked at again.
    if (shown !== "trusted") verdict.value = "checking";
    verdict.value = await trustVerdict(navigator.serviceWorker);
  }
  useEffect(() => {
    void check();
    const seen = () => void (document.hidden || check());
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, []);
  const is = verdict.value;
  return (
    <div class={`trust-check ${is}`} data-testid="trust-check" data-verdict={is}>
      <i class="trust-light" aria-hidden="true" />
      <p role="status">{t(`trust.check.${is}`)}</p>
      {is !== "trusted" && is !== "unable" && (
        <button type="button" class="button tall" disabled={is === "checking"} data-testid="trust-check-again" onClick={() => void check()}>
          {t("action.checkAgain")}
        </button>
      )}
    </div>
  );
}

function systemOf(userAgent: string): System {
  if (/android/i.test(userAgent)) return "android";
  if (/iphone|ipad/i.test(userAgent)) return "ios";
  if (/firefox/i.test(userAgent)) return "firefox";
  if (/windows/i.test(userAgent)) return "windows";
  return /mac os/i.test(userAgent) ? "macos" : "linux";
}
