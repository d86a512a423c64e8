// What the appliance said to the last change of a page whose changes are in force at once.

import { t, told } from "../../i18n/index.ts";
import type { RuntimePage } from "../../settings/runtime.ts";

export function Kept({ page, testId }: { readonly page: Pick<RuntimePage, "kept" | "refusal">; readonly testId: string }) {
  const refusal = page.refusal.value;
  return (
    <>
      <p class="section-note" role="status" data-testid={`${testId}-kept`}>
        {page.kept.value ? t("input.kept") : ""}
      </p>
      <p class="form-error" role="alert" data-testid={`${testId}-refusal`}>
        {refusal && (refusal.message ? told(refusal.message) : t("input.silent"))}
      </p>
    </>
  );
}
