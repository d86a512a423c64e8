// Wi-Fi: what is joined, near and known; a network is joined on trial.

import { Wifi as WifiIcon } from "lucide-preact";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Security, type Wifi, wifiApi } from "../../api/wifi.ts";
import { t } from "../../i18n/index.ts";
import { Entries, Entry } from "../../parts/entries.tsx";
import { type Fact, Facts } from "../../parts/facts.tsx";
import { Icon } from "../../parts/icon.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { isCountry, strengthOf, WifiPage } from "../../settings/wifi.ts";
import { Field } from "../../parts/field.tsx";
import { Ask } from "./ask.tsx";
import { JoinForm, type Joining } from "./wifi-join.tsx";
import { OwnNetwork } from "./wifi-own.tsx";

/** Lives as long as the page: a change is seen through even when Settings is closed meanwhile. */
const page = new WifiPage(wifiApi);

export function WifiSection() {
  useEffect(() => page.show(), []);
  const joining = useSignal<Joining | null>(null);
  const wifi = page.wifi.value;
  if (wifi?.hardware === false) {
    return (
      <p class="section-note" data-testid="wifi-none">
        {t("wifi.none")}
      </p>
    );
  }
  return (
    <>
      <p class="lead">{t("wifi.lead")}</p>
      {wifi?.in_use && (
        <p class="section-note warns" data-testid="wifi-in-use">
          {t("wifi.warning")}
        </p>
      )}
      <p class="section-note warns" role="status">
        {page.silent.value ? t("network.silent") : ""}
      </p>
      {!joining.value && <TroubleLine trouble={page.trouble.value} testId="wifi-error" />}
      {wifi ? <Content wifi={wifi} onJoin={(what) => (joining.value = what)} /> : <p class="section-note">{t("network.loading")}</p>}
      {joining.value && wifi && <JoinForm page={page} joining={joining.value} country={wifi.country ?? ""} onClose={() => (joining.value = null)} />}
    </>
  );
}

function Content({ wifi, onJoin }: { readonly wifi: Wifi; readonly onJoin: (joining: Joining) => void }) {
  return (
    <>
      <Trial wifi={wifi} />
      <section class="block" aria-labelledby="wifi-now">
        <h4 id="wifi-now">{t("network.now")}</h4>
        <Facts facts={factsOf(wifi)} />
      </section>
      <Known wifi={wifi} />
      <section class="block" aria-labelledby="wifi-near">
        <h4 id="wifi-near">{t("wifi.near")}</h4>
        {wifi.found.length === 0 && <p class="section-note">{t(wifi.looked_s_ago === null ? "wifi.near.unknown" : "wifi.near.none")}</p>}
        <Entries label={t("wifi.near")}>
          {wifi.found.map(({ ssid, ssid_hex, security, signal_dbm }) => (
            <Entry key={ssid_hex} name={ssid} facts={[t(`wifi.security.${security}`), t(strengthOf(signal_dbm), { dbm: signal_dbm })]} testId="wifi-found">
              {security !== "open" && security !== "unsupported" && (
                <button
                  type="button"
                  class="button tall"
                  aria-label={t("wifi.join.label", { name: ssid })}
                  disabled={wifi.pending !== null}
                  data-testid="wifi-join"
                  onClick={() => onJoin({ name: ssid, ssid_hex, security })}
                >
                  <Icon of={WifiIcon} />
                  {t("wifi.join")}
                </button>
              )}
            </Entry>
          ))}
        </Entries>
        <div class="trial-actions">
          <button type="button" class="button" disabled={page.busy.value || wifi.own !== null} data-testid="wifi-scan" onClick={() => void page.act((api) => api.scan())}>
            {t("wifi.look")}
          </button>
          <button type="button" class="button" disabled={wifi.pending !== null} data-testid="wifi-hidden" onClick={() => onJoin({ name: "", ssid_hex: null, security: "wpa2_wpa3" })}>
            {t("wifi.hidden")}
          </button>
        </div>
      </section>
      <OwnNetwork page={page} wifi={wifi} />
      <Country wifi={wifi} />
    </>
  );
}

function factsOf(wifi: Wifi): Fact[] {
  const { joined, in_use, state } = wifi;
  const facts: Fact[] = [{ name: t("wifi.network"), value: nowOf(wifi), testId: "wifi-state" }];
  if (joined || state === "own") facts.push({ name: t("wifi.use"), value: t(in_use ? "wifi.use.yes" : "wifi.use.no"), testId: "wifi-use" });
  return facts;
}

function nowOf({ state, joined, own }: Wifi): string {
  const how: Security = joined?.wpa3 ? "wpa3" : "wpa2";
  if (joined) return t("wifi.state.joined", { name: joined.ssid, security: t(`wifi.security.${how}`) });
  if (own && state === "own") return t("wifi.state.own", { name: own.ssid });
  return t(`wifi.state.${state === "off" || state === "starting" ? state : "searching"}`);
}

function Trial({ wifi: { pending, failure } }: { readonly wifi: Wifi }) {
  const name = pending?.joining?.ssid ?? failure?.joining?.ssid ?? "";
  let text = page.kept.value ? t("wifi.kept") : "";
  if (failure) text = t(failure.joining ? `wifi.failed.${failure.why}` : "wifi.failed.not_confirmed", { name });
  if (pending) text = pending.ready ? t("wifi.pending.ready", { seconds: pending.confirm_within_s }) : t("wifi.pending.joining", { name });
  return (
    <>
      <p class={failure && !pending ? "section-note warns" : "section-note"} role="status" data-testid="wifi-trial">
        {text}
      </p>
      {pending && (
        <div class="trial-actions">
          {pending.ready && (
            <button type="button" class="button primary" data-testid="wifi-keep" onClick={() => void page.keep()}>
              {t("wifi.keep")}
            </button>
          )}
          <button type="button" class="button" data-testid="wifi-undo" onClick={() => void page.act((api) => api.revert())}>
            {t("wifi.undo")}
          </button>
        </div>
      )}
    </>
  );
}

function Known({ wifi }: { readonly wifi: Wifi }) {
  const forgetting = useSignal<Wifi["known"][number] | null>(null);
  if (wifi.known.length === 0) return null;
  const forget = forgetting.value;
  return (
    <section class="block" aria-labelledby="wifi-known">
      <h4 id="wifi-known">{t("wifi.known")}</h4>
      <Entries label={t("wifi.known")}>
        {wifi.known.map((known) => (
          <Entry key={known.ssid_hex} name={known.ssid} facts={[t(`wifi.security.${known.security}`), known.hidden && t("wifi.is-hidden")]} testId="wifi-known">
            <button
              type="button"
              class="button tall"
              aria-label={t("wifi.forget.label", { name: known.ssid })}
              disabled={wifi.pending !== null}
              data-testid="wifi-forget"
              onClick={() => (forgetting.value = known)}
            >
              {t("wifi.forget")}
            </button>
          </Entry>
        ))}
      </Entries>
      {forget && (
        <Ask
          title={t("wifi.forget.title", { name: forget.ssid })}
          text={t(wifi.in_use ? "wifi.warning" : "wifi.forget.text")}
          yes={t("wifi.forget")}
          no={t("action.cancel")}
          testId="wifi-ask"
          onYes={() => void page.change((api) => api.forget(forget.ssid_hex))}
          onClose={() => (forgetting.value = null)}
        />
      )}
    </section>
  );
}

function Country({ wifi }: { readonly wifi: Wifi }) {
  const typed = useSignal<string | null>(null);
  const text = typed.value ?? wifi.country ?? "";
  const error = isCountry(text) ? undefined : t("wifi.country.rule");
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!error) void page.change((api) => api.country(text.trim().toUpperCase() || null)).then((done) => done && (typed.value = null));
      }}
    >
      <Field label={t("wifi.country")} testId="wifi-country" value={text} onValue={(value) => (typed.value = value)} autocomplete="country" required={false} maxLength={2} error={error}>
        {t("wifi.country.hint")}
      </Field>
      <button class="button" disabled={page.busy.value || wifi.pending !== null || typed.value === null} data-testid="wifi-country-apply">
        {t("network.apply")}
      </button>
    </form>
  );
}
