// USB: what the target sees of the appliance. A change is on trial until the target has found the device.

import "../../style/usb.css";
import { useEffect } from "preact/hooks";
import type { Port, UsbView } from "../../api/usb.ts";
import { wordsFor } from "../../console/cable.ts";
import { isAdmin } from "../../device.ts";
import { inLanguage, number, t, told } from "../../i18n/index.ts";
import { Field } from "../../parts/field.tsx";
import { Choice } from "../../parts/menu.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { usbPage } from "../../settings/live.ts";
import { DEFAULT, type Draft, draftOf, endpointsOf, PORTS, profileOf, ruleFor, type Text, toggled } from "../../settings/usb.ts";

const list = inLanguage((locale) => new Intl.ListFormat(locale, { type: "conjunction" }));

export function UsbSection() {
  useEffect(() => void usbPage.look(), []);
  const [view, draft] = [usbPage.view.value, usbPage.draft.value];
  return (
    <>
      <p class="lead">{t("usb.lead")}</p>
      <TroubleLine trouble={usbPage.trouble.value} testId="usb-error" />
      {view && draft && <Whole view={view} draft={draft} />}
      {!view && !usbPage.trouble.value && <p class="section-note">{t("usb.loading")}</p>}
      <Outcome />
    </>
  );
}

function Whole({ view, draft }: { readonly view: UsbView; readonly draft: Draft }) {
  return (
    <>
      <Now shown={view.shown} profile={view.profile.functions} />
      {isAdmin.value ? <Profile view={view} draft={draft} /> : <p class="section-note">{t("usb.admin")}</p>}
    </>
  );
}

function Now({ shown, profile }: { readonly shown: readonly Port[]; readonly profile: readonly Port[] }) {
  const busy = usbPage.trial.value.is === "on";
  const names = PORTS.filter((port) => shown.includes(port)).map((port) => t(`usb.function.${port}`));
  return (
    <section class="block" aria-labelledby="usb-now">
      <h4 id="usb-now">{t("usb.now")}</h4>
      <p data-testid="usb-shown">{t("usb.now.shown", { functions: list().format(names) })}</p>
      <div class="trial-actions">
        <button type="button" class="button" data-testid="usb-alone" disabled={busy || shown.length === 1} onClick={() => void usbPage.alone()}>
          {t("usb.alone")}
        </button>
        <button type="button" class="button" data-testid="usb-rest" disabled={busy || shown.length === profile.length} onClick={() => void usbPage.rest()}>
          {t("usb.rest")}
        </button>
      </div>
    </section>
  );
}

function Profile({ view, draft }: { readonly view: UsbView; readonly draft: Draft }) {
  const busy = usbPage.trial.value.is === "on";
  function submit(event: Event): void {
    event.preventDefault();
    void usbPage.apply();
  }
  return (
    <form class="block" noValidate onSubmit={submit} data-testid="usb-form">
      <Start draft={draft} />
      <Offers view={view} draft={draft} />
      <Identity draft={draft} />
      <p class="section-note">{t("usb.trial")}</p>
      <div class="trial-actions">
        <button type="submit" class="button primary" data-testid="usb-apply" disabled={busy || !usbPage.changed.value || !profileOf(draft)}>
          {t("usb.apply")}
        </button>
        <button type="button" class="button" data-testid="usb-discard" disabled={busy || !usbPage.changed.value} onClick={() => usbPage.discard()}>
          {t("usb.discard")}
        </button>
        <button type="button" class="button" data-testid="usb-default" disabled={busy} onClick={() => usbPage.edit(draftOf(DEFAULT))}>
          {t("usb.default")}
        </button>
      </div>
    </form>
  );
}

function Start({ draft }: { readonly draft: Draft }) {
  const value = draft.keyboard_first ? "keyboard" : "all";
  return (
    <div class="fields">
      <Choice
        name="usb-start"
        label={t("usb.start")}
        values={["all", "keyboard"]}
        value={value}
        text={(value) => t(`usb.start.${value}`)}
        onChoose={(value) => usbPage.edit({ keyboard_first: value === "keyboard" })}
      />
      <p class="section-note">{t(`usb.start.${value}.text`)}</p>
    </div>
  );
}

function Offers({ view, draft }: { readonly view: UsbView; readonly draft: Draft }) {
  const { endpoints, control } = view.budget;
  const taken = endpointsOf(draft.functions, view);
  const used = control + taken;
  return (
    <>
      <fieldset class="offers">
        <legend>{t("usb.offers")}</legend>
        {PORTS.map((port) => (
          <label key={port}>
            <input
              type="checkbox"
              checked={draft.functions.includes(port)}
              disabled={port === "keyboard"}
              data-testid={`usb-${port}`}
              onChange={(event) => usbPage.edit({ functions: toggled(draft.functions, port, event.currentTarget.checked) })}
            />
            <span>{t(`usb.function.${port}`)}</span>
            <small>{t(`usb.function.${port}.hint`)}</small>
          </label>
        ))}
      </fieldset>
      <div class="budget">
        <label for="usb-budget">{t("usb.budget")}</label>
        <meter id="usb-budget" min={0} max={endpoints} value={used} data-testid="usb-budget" />
        <p class="field-note" data-testid="usb-budget-text">
          {t("usb.budget.text", { used: number(used), all: number(endpoints), control: number(control), functions: number(taken) })}
          {used > endpoints && ` ${t("usb.budget.over")}`}
        </p>
      </div>
    </>
  );
}

function Identity({ draft }: { readonly draft: Draft }) {
  return (
    <div class="fields" role="group" aria-labelledby="usb-identity">
      <h4 id="usb-identity">{t("usb.identity")}</h4>
      <p class="section-note">{t("usb.identity.text")}</p>
      <TextOf draft={draft} name="manufacturer" label={t("usb.manufacturer")} />
      <TextOf draft={draft} name="product" label={t("usb.product")} />
      <TextOf draft={draft} name="serial" label={t("usb.serial")} />
      <div class="pair">
        <TextOf draft={draft} name="vendor_id" label={t("usb.vendorId")} />
        <TextOf draft={draft} name="product_id" label={t("usb.productId")} />
      </div>
    </div>
  );
}

function TextOf({ draft, name, label }: { readonly draft: Draft; readonly name: Text; readonly label: string }) {
  const rule = ruleFor(name, draft[name]);
  return (
    <Field
      label={label}
      testId={`usb-${name}`}
      value={draft[name]}
      autocomplete="off"
      required={false}
      error={rule ? t(rule) : undefined}
      onValue={(value) => usbPage.edit({ [name]: value })}
    />
  );
}

function refusal(code: string, message: string): string {
  const words = wordsFor(code);
  if (words) return t(words);
  return message ? told(message) : t("input.silent");
}

function Outcome() {
  const trial = usbPage.trial.value;
  return (
    <>
      <p class="section-note" role="status" data-testid="usb-outcome">
        {trial.is === "on" && t("usb.trying", { seconds: number(trial.left) })}
        {trial.is === "done" && t(trial.trial === "found" ? "usb.found" : "usb.untried")}
      </p>
      <p class="form-error" role="alert" data-testid="usb-refusal">
        {trial.is === "refused" && refusal(trial.code, trial.message)}
      </p>
    </>
  );
}
