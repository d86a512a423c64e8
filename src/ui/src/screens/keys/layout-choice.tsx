// Which layout the target has; the caps follow it.

import { t } from "../../i18n/index.ts";
import { FIRST } from "../../keys/layout.ts";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { layoutMemory, targetLayout } from "../../preferences.ts";
import { targetKeys } from "./target.ts";

export function LayoutChoice() {
  const chosen = targetLayout.value ?? FIRST;
  const known = targetKeys.layouts.value;
  return (
    <div class="osk-layout">
      <span id="osk-hint" class="osk-hint">
        {t("osk.layout.note")}
      </span>
      <select
        class="select"
        aria-label={t("osk.layout")}
        aria-describedby="osk-hint"
        data-testid="osk-layout"
        value={chosen}
        onChange={(event) => layoutMemory.write(event.currentTarget.value)}
      >
        {!known.some(({ id }) => id === chosen) && <option value={chosen}>{chosen}</option>}
        {known.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
      <TroubleLine trouble={targetKeys.trouble.value} testId="osk-trouble" />
    </div>
  );
}
