// The last keys that were sent, and what became of each; for whoever asked to see them.

import "../../style/history.css";
import { Check, Clock, X } from "lucide-preact";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import type { Session } from "../../console/session.ts";
import { t } from "../../i18n/index.ts";
import { KeyHistory, type Told } from "../../keys/history.ts";
import { keyName } from "../../keys/names.ts";
import { Icon } from "../../parts/icon.tsx";
import { targetKeys } from "./target.ts";

const ICONS = { sent: Clock, accepted: Check } as const;

export function History({ session }: { readonly session: Session }) {
  const history = useMemo(() => new KeyHistory(), []);
  // Before it is painted: whoever sees it may type at once.
  useLayoutEffect(() => session.control.watch(history), []);
  useEffect(() => targetKeys.open(), []);
  const told = history.told.value;
  return (
    <section class="history" aria-label={t("history.title")} data-testid="history">
      {told.length === 0 && <p>{t("history.none")}</p>}
      <ol class="history-keys">
        {told.map((one) => (
          <Shown key={one.id} told={one} />
        ))}
      </ol>
    </section>
  );
}

function Shown({ told: { codes, fate } }: { readonly told: Told }) {
  const key = codes.map((code) => keyName(code, targetKeys.legends.value)).join(" + ");
  const text = t("history.key", { key, fate: t(`history.fate.${fate}`) });
  return (
    <li class="history-key" title={text} data-fate={fate} data-codes={codes.join("+")} data-testid="history-key">
      <span aria-hidden="true">{key}</span>
      <Icon of={fate in ICONS ? ICONS[fate as keyof typeof ICONS] : X} />
      <span class="unseen">{text}</span>
    </li>
  );
}
