// Short messages at the picture's foot, read out by screen readers.

import { dismiss, toasts } from "../console/toasts.ts";
import { t } from "../i18n/index.ts";
import { X } from "lucide-preact";
import { Icon } from "./icon.tsx";

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite" data-testid="toasts">
      {toasts.value.map(({ id, key, values }) => (
        <div key={id} class="toast" data-testid="toast">
          <span>{t(key, values)}</span>
          <button type="button" class="toast-close" aria-label={t("action.close")} onClick={() => dismiss(id)}>
            <Icon of={X} />
          </button>
        </div>
      ))}
    </div>
  );
}
