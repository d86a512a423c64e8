// The password of a network that is to be joined, and the name of one that hides.

import { useSignal } from "@preact/signals";
import type { Security } from "../../api/wifi.ts";
import { t } from "../../i18n/index.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { Field } from "../../parts/field.tsx";
import { Modal } from "../../parts/modal.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { type Draft, errorsOf, type WifiPage } from "../../settings/wifi.ts";

/** `null`: it hides, and its name is to be typed. */
export interface Joining {
  readonly name: string;
  readonly ssid_hex: string | null;
  readonly security: Security;
}

interface Props {
  readonly page: WifiPage;
  readonly joining: Joining;
  readonly country: string;
  readonly onClose: () => void;
}

export function JoinForm({ page, joining, country, onClose }: Props) {
  const { name, ssid_hex, security } = joining;
  const draft = useSignal<Draft>({ name, password: "", security, country });
  const hidden = ssid_hex === null;
  const attempt = useAttempt(errorsOf(draft.value, hidden));
  const edit = (part: keyof Draft) => (value: string) => (draft.value = { ...draft.peek(), [part]: value });
  const said = (part: keyof Draft) => {
    const wrong = attempt.said(part);
    return wrong && t(wrong);
  };

  async function submit(event: Event): Promise<void> {
    if (!attempt.passes(event)) return;
    const wanted = draft.peek();
    const which = hidden ? { ssid: wanted.name } : { ssid_hex };
    const place = wanted.country.trim().toUpperCase();
    const join = { ...which, security, password: wanted.password, hidden, ...(place === "" ? {} : { country: place }) };
    if (await page.change((api) => api.join(join))) onClose();
  }

  return (
    <Modal title={hidden ? t("wifi.hidden") : t("wifi.join.label", { name })} testId="wifi-form" onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => void submit(event)}>
        {hidden && <Field label={t("wifi.name")} testId="wifi-name" value={draft.value.name} onValue={edit("name")} autocomplete="off" autofocus error={said("name")} />}
        <Field label={t("wifi.password")} testId="wifi-password" value={draft.value.password} onValue={edit("password")} autocomplete="off" password autofocus={!hidden} error={said("password")} />
        <Field label={t("wifi.country")} testId="wifi-join-country" value={draft.value.country} onValue={edit("country")} autocomplete="country" required={false} maxLength={2} error={said("country")}>
          {t("wifi.country.hint")}
        </Field>
        <p class="field-note">{t("wifi.promise")}</p>
        <TroubleLine trouble={page.trouble.value} testId="wifi-form-error" />
        <button class="button primary" disabled={page.busy.value} data-testid="wifi-submit">
          {t("wifi.join")}
        </button>
      </form>
    </Modal>
  );
}
