// A network of the appliance's own, for places where there is none: switched on with a name and a password, and off.

import { useSignal } from "@preact/signals";
import type { Wifi } from "../../api/wifi.ts";
import { t } from "../../i18n/index.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { Field } from "../../parts/field.tsx";
import { type Draft, errorsOf, type WifiPage } from "../../settings/wifi.ts";
import { Ask } from "./ask.tsx";

interface Props {
  readonly page: WifiPage;
  readonly wifi: Wifi;
}

export function OwnNetwork({ page, wifi }: Props) {
  return (
    <section class="block" aria-labelledby="wifi-own">
      <h4 id="wifi-own">{t("wifi.own")}</h4>
      <p class="section-note">{t("wifi.own.lead")}</p>
      {wifi.own ? <On page={page} wifi={wifi} own={wifi.own} /> : <Off page={page} wifi={wifi} />}
    </section>
  );
}

function On({ page, wifi, own }: Props & { readonly own: NonNullable<Wifi["own"]> }) {
  const asking = useSignal(false);
  return (
    <>
      <p class="section-note" data-testid="wifi-own-where">
        {t("wifi.own.where", { name: own.ssid, address: `https://${own.address}/` })}
      </p>
      <button type="button" class="button" disabled={page.busy.value || wifi.pending !== null} data-testid="wifi-own-off" onClick={() => (asking.value = true)}>
        {t("wifi.own.off")}
      </button>
      {asking.value && (
        <Ask
          title={t("wifi.own.off.title", { name: own.ssid })}
          text={t(wifi.in_use ? "wifi.warning" : "wifi.own.off.text")}
          yes={t("wifi.own.off")}
          no={t("action.cancel")}
          testId="wifi-own-ask"
          onYes={() => void page.change((api) => api.own(null))}
          onClose={() => (asking.value = false)}
        />
      )}
    </>
  );
}

function Off({ page, wifi }: Props) {
  const draft = useSignal<Draft>({ name: "", password: "", security: "wpa2_wpa3", country: "" });
  const attempt = useAttempt(errorsOf(draft.value, true));
  const edit = (part: keyof Draft) => (value: string) => (draft.value = { ...draft.peek(), [part]: value });
  const said = (part: keyof Draft) => {
    const wrong = attempt.said(part);
    return wrong && t(wrong);
  };

  async function submit(event: Event): Promise<void> {
    if (!attempt.passes(event)) return;
    const { name: ssid, password } = draft.peek();
    if (await page.change((api) => api.own({ ssid, password }))) {
      draft.value = { ...draft.peek(), password: "" };
      attempt.forget();
    }
  }

  return (
    <form class="form" noValidate onSubmit={(event) => void submit(event)}>
      <Field label={t("wifi.name")} testId="wifi-own-name" value={draft.value.name} onValue={edit("name")} autocomplete="off" error={said("name")} />
      <Field label={t("wifi.password")} testId="wifi-own-password" value={draft.value.password} onValue={edit("password")} autocomplete="off" password error={said("password")} />
      <button class="button" disabled={page.busy.value || wifi.pending !== null} data-testid="wifi-own-on">
        {t("wifi.own.on")}
      </button>
    </form>
  );
}
