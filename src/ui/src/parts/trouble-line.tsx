// Why something could not be done, read out by screen readers.

import type { Trouble } from "../access/trouble.ts";
import { t } from "../i18n/index.ts";

export function TroubleLine({ trouble, testId }: { readonly trouble: Trouble | null; readonly testId: string }) {
  return (
    <p class="form-error" role="alert" data-testid={testId}>
      {trouble && t(trouble.key, trouble.values)}
    </p>
  );
}
