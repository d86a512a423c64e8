// What can be changed about the network and the time. Mistakes are told at their field.

import { said } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { Field } from "../../parts/field.tsx";
import { Choice } from "../../parts/menu.tsx";
import { isUnderWay } from "../../settings/change.ts";
import type { Draft, FieldName } from "../../settings/form.ts";
import type { NetworkPage } from "../../settings/network.ts";

interface Props {
  readonly page: NetworkPage;
  readonly managed: boolean;
}

type TextField = { [K in FieldName]: Draft[K] extends boolean | "dhcp" | "static" ? never : K }[FieldName];

export function NetworkForm({ page, managed }: Props) {
  const draft = page.draft.value;
  if (!draft) return null;
  const busy = isUnderWay(page.change.value);
  const fixed = draft.method === "static";
  const text = (name: TextField, hint: string) => <TextOf page={page} name={name} hint={hint} />;

  function submit(event: Event): void {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    void page.apply().then(() => form.querySelector<HTMLInputElement>("[aria-invalid]")?.focus());
  }

  return (
    <form class="block" noValidate onSubmit={submit} data-testid="network-form" aria-labelledby="network-settings">
      <h4 id="network-settings">{t("network.settings")}</h4>
      {!managed && (
        <p class="section-note" data-testid="network-unmanaged">
          {t("network.unmanaged")}
        </p>
      )}
      <fieldset class="fields" disabled={!managed || busy}>
        {text("name", t("network.name.hint", { name: draft.name.trim() || page.network.value?.settings.name || "" }))}
        <Choice
          name="network-method"
          label={t("network.method")}
          values={["dhcp", "static"]}
          value={draft.method}
          text={(value) => t(`network.method.${value}`)}
          onChoose={(method) => page.edit({ method })}
        />
        {fixed && (
          <div class="pair">
            {text("address", t("network.address.hint"))}
            {text("router", t("network.router.hint"))}
          </div>
        )}
        {text("dns", fixed ? t("network.dns.static") : t("network.dns.dhcp"))}
        <Choice
          name="network-ipv6"
          label={t("network.ipv6")}
          values={["on", "off"]}
          value={draft.ipv6 ? "on" : "off"}
          text={(value) => t(`network.ipv6.${value}`)}
          onChoose={(value) => page.edit({ ipv6: value === "on" })}
        />
        {text("ntp", t("network.ntp.hint"))}
      </fieldset>
      {managed && !busy && <Buttons page={page} />}
    </form>
  );
}

function Buttons({ page }: { readonly page: NetworkPage }) {
  const trouble = page.trouble.value;
  const edited = page.edited.value;
  return (
    <div class="section-end">
      <p class="form-error" role="alert" data-testid="network-error">
        {trouble?.is === "refused" && !trouble.field ? t("network.refused", { message: said(trouble.message) }) : ""}
      </p>
      <p class="section-note">{t("network.promise")}</p>
      <button class="button primary" disabled={!edited} data-testid="network-apply">
        {t("network.apply")}
      </button>
      <button type="button" class="button" disabled={!edited} data-testid="network-discard" onClick={() => page.discard()}>
        {t("network.discard")}
      </button>
    </div>
  );
}

function TextOf({ page, name, hint }: { readonly page: NetworkPage; readonly name: TextField; readonly hint: string }) {
  const mistake = page.tried.value ? page.errors.value[name] : undefined;
  const trouble = page.trouble.value;
  const refused = trouble?.is === "refused" && trouble.field === name ? t("network.refused", { message: said(trouble.message) }) : undefined;
  return (
    <Field
      label={t(`network.${name}`)}
      testId={`network-${name}`}
      value={page.draft.value?.[name] ?? ""}
      onValue={(value) => page.edit({ [name]: value })}
      autocomplete="off"
      required={false}
      maxLength={name === "name" ? 63 : 1024}
      error={mistake ? t(mistake) : refused}
    >
      {hint}
    </Field>
  );
}
