// "Enter your password again": over whatever wants it, which then goes on by itself.

import { confirmation } from "../access/confirm.ts";
import { confirm } from "../api/access.ts";
import { confirmWith } from "../api/client.ts";
import { device } from "../device.ts";
import { t } from "../i18n/index.ts";
import { Modal } from "./modal.tsx";
import { ProofForm } from "./proof-form.tsx";

confirmWith(() => confirmation.ask());

export function Confirm() {
  if (!confirmation.asking.value) return null;
  const cancel = () => confirmation.cancel();
  return (
    <Modal title={t("confirm.title")} testId="confirm" onClose={cancel}>
      <p class="lead">{t("confirm.text")}</p>
      <ProofForm
        id="confirm"
        user={device.value?.user ?? ""}
        fixed
        submitText={t("confirm.submit")}
        busyText={t("confirm.busy")}
        prove={({ password, code }) => confirm(code === undefined ? { password } : { password, code })}
        onDone={() => confirmation.proved()}
        onCancel={cancel}
      />
    </Modal>
  );
}
