// The second factor: whether it is on, its setup with the QR code, and the recovery codes, which are shown once.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { SecondFactorSetup, type Stage } from "../../access/second-factor.ts";
import { secondFactorApi } from "../../api/access.ts";
import { saveFile } from "../../console/holds.ts";
import { device } from "../../device.ts";
import { t } from "../../i18n/index.ts";
import { CopyText } from "../../parts/copy.tsx";
import { Field } from "../../parts/field.tsx";
import { Modal } from "../../parts/modal.tsx";
import { Qr } from "../../parts/qr.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { Ask } from "./ask.tsx";

interface Props {
  readonly user: string;
  readonly on: boolean;
  readonly onChanged: () => void;
}

export function SecondFactor({ user, on, onChanged }: Props) {
  const setup = useMemo(() => new SecondFactorSetup(secondFactorApi, onChanged), []);
  const asking = useSignal(false);
  const stage = setup.stage.value;
  const resting = stage.is === "resting";
  return (
    <section class="block" aria-labelledby="account-second" data-testid="second-factor" data-on={on}>
      <h4 id="account-second">{t("second.title")}</h4>
      <p>{t(on ? "second.on" : "second.off")}</p>
      {resting && <TroubleLine trouble={setup.trouble.value} testId="second-error" />}
      <div class="trial-actions">
        {on ? (
          <>
            <button type="button" class="button" disabled={setup.busy.value} data-testid="second-renew" onClick={() => void setup.renew()}>
              {t("second.renew")}
            </button>
            <button type="button" class="button" disabled={setup.busy.value} data-testid="second-disable" onClick={() => (asking.value = true)}>
              {t("second.disable")}
            </button>
          </>
        ) : (
          <button type="button" class="button primary" disabled={setup.busy.value} data-testid="second-begin" onClick={() => void setup.begin()}>
            {t("second.begin")}
          </button>
        )}
      </div>
      {asking.value && (
        <Ask
          title={t("second.disable.title")}
          text={t("second.disable.text")}
          yes={t("second.disable")}
          no={t("action.cancel")}
          testId="second-ask"
          onYes={() => void setup.disable()}
          onClose={() => (asking.value = false)}
        />
      )}
      {stage.is === "setting-up" && <Setup setup={setup} secret={stage.secret} />}
      {stage.is === "codes" && <Codes user={user} renewed={on} codes={stage.codes} onDone={() => setup.rest()} />}
    </section>
  );
}

function Setup({ setup, secret }: { readonly setup: SecondFactorSetup; readonly secret: (Stage & { is: "setting-up" })["secret"] }) {
  return (
    <Modal title={t("second.setup.title")} testId="second-setup" onClose={() => setup.rest()}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void setup.enable();
        }}
      >
        <p>{t("second.setup.scan")}</p>
        <Qr rows={secret.qr} label={t("second.setup.qr")} />
        <p class="narrow-only">
          <a class="section-link-out" href={secret.uri}>
            {t("second.setup.open")}
          </a>
        </p>
        <CopyText label={t("second.setup.secret")} text={secret.secret} testId="second-secret" />
        <Field
          label={t("second.code")}
          testId="second-code"
          value={setup.code.value}
          onValue={(value) => (setup.code.value = value)}
          autocomplete="one-time-code"
          inputMode="numeric"
          maxLength={16}
          error={setup.trouble.value ? t(setup.trouble.value.key, setup.trouble.value.values) : undefined}
        />
        <button class="button primary" disabled={setup.busy.value} data-testid="second-enable">
          {t("second.enable")}
        </button>
      </form>
    </Modal>
  );
}

/** Only a word that they are kept closes it: they are never shown again. */
function Codes({ user, renewed, codes, onDone }: { readonly user: string; readonly renewed: boolean; readonly codes: readonly string[]; readonly onDone: () => void }) {
  // It is on by now when it has just been set up, too: what counts is how it was when this opened.
  const old = useMemo(() => renewed, []);
  const name = device.value?.name ?? "farseat";
  function download(): void {
    const text = [t("second.codes.file", { user, device: name }), "", ...codes, ""].join("\n");
    saveFile(new Blob([text], { type: "text/plain" }), `${name}-recovery-codes.txt`);
  }
  return (
    <Modal title={t("second.codes.title")} testId="second-codes">
      <p>{t("second.codes.text")}</p>
      {old && <p class="section-note">{t("second.codes.old")}</p>}
      <CopyText label={t("second.codes.title")} text={codes.join("\n")} testId="second-codes-text" />
      <div class="trial-actions">
        <button type="button" class="button primary" data-testid="second-codes-done" onClick={onDone}>
          {t("second.codes.done")}
        </button>
        <button type="button" class="button" data-testid="second-codes-download" onClick={download}>
          {t("second.codes.download")}
        </button>
      </div>
    </Modal>
  );
}
