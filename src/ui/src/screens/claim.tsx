// First run: the first account, no default credential, and the device's name.

import { useSignal } from "@preact/signals";
import { ApiError, claim } from "../api/client.ts";
import { device, reload, TRUST } from "../device.ts";
import { said } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import { Field } from "../parts/field.tsx";
import { Plate } from "../parts/plate.tsx";
import { isDeviceName, isUserName, LONGEST, SHORTEST, type Strength, strength } from "../rules.ts";

export function Claim() {
  return device.value?.claim === "open" ? <ClaimForm /> : <ClaimClosed />;
}

function ClaimClosed() {
  return (
    <Plate title={t("claim.closed.title")} testId="claim-closed">
      <p>{t("claim.closed.text")}</p>
      <ol class="steps">
        <li>{t("claim.closed.step1")}</li>
        <li>{t("claim.closed.step2")}</li>
      </ol>
      <button type="button" class="button primary" data-testid="claim-check" onClick={() => void reload()}>
        {t("action.checkAgain")}
      </button>
    </Plate>
  );
}

function ClaimForm() {
  const username = useSignal("admin");
  const password = useSignal("");
  const repeated = useSignal("");
  const deviceName = useSignal(device.value?.name ?? "");
  const tried = useSignal(false);
  const busy = useSignal(false);
  const failure = useSignal<ApiError | null>(null);
  const rating = strength(password.value, username.value);
  const mismatch = repeated.value !== password.value;

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    tried.value = true;
    failure.value = null;
    if (busy.value || !isUserName(username.value) || rating === "short" || mismatch || !isDeviceName(deviceName.value.trim())) return;
    busy.value = true;
    try {
      const name = deviceName.value.trim();
      await claim({ username: username.value, password: password.value, ...(name ? { device_name: name } : {}) });
      location.hash = TRUST;
      await reload();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      // Somebody else was faster, or the window closed meanwhile: the appliance's state says which.
      if (caught.status === 403 || caught.status === 409) await reload();
      else failure.value = caught;
    } finally {
      busy.value = false;
    }
  }

  return (
    <Plate title={t("claim.title")} testId="claim">
      <p class="lead">{t("claim.text")}</p>
      <form class="form" noValidate onSubmit={(event) => void submit(event)} data-testid="claim-form">
        <Field
          label={t("claim.username")}
          testId="claim-username"
          value={username.value}
          onValue={(value) => (username.value = value)}
          autocomplete="username"
          maxLength={32}
          error={username.value !== "" || tried.value ? (isUserName(username.value) ? undefined : t("claim.username.rule")) : undefined}
        />
        <Field
          label={t("claim.password")}
          testId="claim-password"
          value={password.value}
          onValue={(value) => (password.value = value)}
          autocomplete="new-password"
          password
          autofocus
          maxLength={LONGEST}
          error={tried.value && rating === "short" ? t("claim.password.short", { count: SHORTEST }) : undefined}
        >
          <StrengthHint rating={rating} empty={password.value === ""} />
        </Field>
        <Field
          label={t("claim.repeat")}
          testId="claim-repeat"
          value={repeated.value}
          onValue={(value) => (repeated.value = value)}
          autocomplete="new-password"
          password
          maxLength={LONGEST}
          error={mismatch && (tried.value || repeated.value.length >= password.value.length) ? t("claim.mismatch") : undefined}
        />
        <Field
          label={t("claim.device")}
          testId="claim-device"
          value={deviceName.value}
          onValue={(value) => (deviceName.value = value)}
          autocomplete="off"
          required={false}
          maxLength={63}
          error={isDeviceName(deviceName.value.trim()) ? undefined : t("claim.device.rule")}
        >
          {t("claim.device.hint")}
        </Field>
        <p class="form-error" role="alert" data-testid="claim-error">
          {failure.value && (failure.value.status === 0 ? t("error.unreachable") : t("error.server", { message: said(failure.value.message) }))}
        </p>
        <button class="button primary" disabled={busy.value} data-testid="claim-submit">
          {busy.value ? t("claim.busy") : t("claim.submit")}
        </button>
      </form>
    </Plate>
  );
}

function StrengthHint({ rating, empty }: { readonly rating: Strength; readonly empty: boolean }) {
  if (empty) return <>{t("claim.password.rule", { count: SHORTEST })}</>;
  return (
    <span class={`strength ${rating}`} data-testid="claim-strength" data-rating={rating}>
      <span class="strength-bar" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {rating === "short" ? t("claim.password.short", { count: SHORTEST }) : t(`claim.strength.${rating}`)}
    </span>
  );
}
