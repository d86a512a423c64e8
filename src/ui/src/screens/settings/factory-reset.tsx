// Factory reset: what it takes away is said before, and the password is asked in any case.

import { useSignal } from "@preact/signals";
import { confirm, factoryReset } from "../../api/access.ts";
import { ApiError } from "../../api/client.ts";
import { device } from "../../device.ts";
import { t, told } from "../../i18n/index.ts";
import { Modal } from "../../parts/modal.tsx";
import { ProofForm } from "../../parts/proof-form.tsx";

const GONE = ["owner", "keys", "settings", "log"] as const;

export function FactoryReset() {
  const asking = useSignal(false);
  return (
    <section class="block" aria-labelledby="factory-reset">
      <h4 id="factory-reset">{t("reset.title")}</h4>
      <p class="section-note">{t("reset.lead")}</p>
      <div class="trial-actions">
        <button type="button" class="button danger" data-testid="reset-open" onClick={() => (asking.value = true)}>
          {t("reset.open")}
        </button>
      </div>
      {asking.value && <Dialog onClose={() => (asking.value = false)} />}
    </section>
  );
}

function Dialog({ onClose }: { readonly onClose: () => void }) {
  const begun = useSignal(false);
  const refusal = useSignal<ApiError | null>(null);
  if (begun.value) return <Begun />;

  /** The password was right; that is no promise that the rest is possible. */
  async function reset(): Promise<void> {
    try {
      await factoryReset();
      begun.value = true;
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      refusal.value = caught;
    }
  }

  return (
    <Modal title={t("reset.ask.title")} testId="reset" onClose={onClose}>
      <p>{t("reset.ask.text")}</p>
      <ul data-testid="reset-losses">
        {GONE.map((what) => (
          <li key={what}>{t(`reset.gone.${what}`)}</li>
        ))}
      </ul>
      <p class="section-note">{t("reset.stays")}</p>
      <p class="form-error" role="alert" data-testid="reset-refusal">
        {refusal.value && (refusal.value.status === 0 ? t("reset.silent") : told(refusal.value.message))}
      </p>
      <ProofForm
        id="reset"
        user={device.value?.user ?? ""}
        fixed
        submitText={t("reset.submit")}
        busyText={t("reset.busy")}
        prove={({ password, code }) => confirm(code === undefined ? { password } : { password, code })}
        onDone={reset}
        onCancel={onClose}
      />
    </Modal>
  );
}

/** Nothing more comes from the appliance that this page knows: its next certificate is another one. */
function Begun() {
  return (
    <Modal title={t("reset.begun.title")} testId="reset-begun">
      <p role="status">{t("reset.begun.text")}</p>
      <button type="button" class="button primary" autofocus data-testid="reset-reload" onClick={() => location.reload()}>
        {t("reset.begun.reload")}
      </button>
    </Modal>
  );
}
