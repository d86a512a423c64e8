// Power: restart and shut down the appliance. What that interrupts is said before; afterwards the page waits for it.

import { Power as PowerIcon, RotateCw } from "lucide-preact";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { browserEdges } from "../../net/looking.ts";
import { type Trouble, troubleOf } from "../../access/trouble.ts";
import { knowsUs, order, power, type Power, type To } from "../../api/power.ts";
import { device } from "../../device.ts";
import { number, t, tCount } from "../../i18n/index.ts";
import { Icon } from "../../parts/icon.tsx";
import { Modal } from "../../parts/modal.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { type Consequence, consequencesOf } from "../../power/consequences.ts";
import { LONG_MS } from "../../power/ending.ts";
import { Watch } from "../../power/watch.ts";
import { closeSettings } from "../../settings/place.ts";

const WAYS = [
  ["restart", RotateCw],
  ["off", PowerIcon],
] as const;

export function PowerSection() {
  const now = useSignal<Power | null>(null);
  const trouble = useSignal<Trouble | null>(null);
  const asking = useSignal<To | null>(null);
  const ordered = useSignal<To | null>(null);

  async function look(): Promise<void> {
    try {
      now.value = await power();
      trouble.value = null;
    } catch (caught) {
      trouble.value = troubleOf(caught);
    }
  }
  async function ask(to: To): Promise<void> {
    // What it interrupts may have changed since Settings was opened.
    await look();
    if (!trouble.peek()) asking.value = to;
  }
  async function end(to: To): Promise<void> {
    asking.value = null;
    try {
      await order(to);
      ordered.value = to;
    } catch (caught) {
      trouble.value = troubleOf(caught);
    }
  }
  useEffect(() => void look(), []);

  if (now.value?.available === false) {
    return (
      <p class="section-note" data-testid="power-unavailable">
        {t("power.unavailable")}
      </p>
    );
  }
  return (
    <>
      <p class="lead">{t("power.lead")}</p>
      <TroubleLine trouble={trouble.value} testId="power-error" />
      {WAYS.map(([to, icon]) => (
        <section key={to} class="block" aria-labelledby={`power-${to}`}>
          <h4 id={`power-${to}`}>{t(`power.${to}.title`)}</h4>
          <p class="section-note">{t(`power.${to}.lead`)}</p>
          <div class="trial-actions">
            <button type="button" class="button danger" data-testid={`power-${to}`} onClick={() => void ask(to)}>
              <Icon of={icon} />
              {t(`power.${to}.open`)}
            </button>
          </div>
        </section>
      ))}
      {asking.value && now.value && <Question to={asking.value} now={now.value} onYes={end} onClose={() => (asking.value = null)} />}
      {ordered.value && <Ended to={ordered.value} onClose={() => (ordered.value = null)} />}
    </>
  );
}

interface QuestionProps {
  readonly to: To;
  readonly now: Power;
  readonly onYes: (to: To) => Promise<void>;
  readonly onClose: () => void;
}

function Question({ to, now, onYes, onClose }: QuestionProps) {
  const losses = consequencesOf(now, device.value?.user ?? null);
  return (
    <Modal title={t(`power.${to}.ask`)} testId="power-ask" onClose={onClose}>
      <p>{t(`power.${to}.text`)}</p>
      {losses.length > 0 && (
        <ul data-testid="power-losses">
          {losses.map((loss) => (
            <li key={"key" in loss ? loss.key : loss.counted}>{words(loss)}</li>
          ))}
        </ul>
      )}
      <p class="section-note">{t("power.stays")}</p>
      <div class="trial-actions">
        <button type="button" class="button danger" data-testid="power-yes" onClick={() => void onYes(to)}>
          {t(`power.${to}.yes`)}
        </button>
        <button type="button" class="button" autofocus data-testid="power-no" onClick={onClose}>
          {t("action.cancel")}
        </button>
      </div>
    </Modal>
  );
}

function words(loss: Consequence): string {
  return "key" in loss ? t(loss.key, loss.values) : tCount(loss.counted, loss.count);
}

/** Until the appliance is back, which loads the page anew: it may be another version of it. */
function Ended({ to, onClose }: { readonly to: To; readonly onClose: () => void }) {
  const watch = useMemo(() => new Watch(to, { ...browserEdges, knowsUs, nowMs: () => performance.now(), back }), []);
  useEffect(() => () => watch.end(), []);
  const { is } = watch.ending.value;
  const seconds = number(Math.floor(watch.elapsedMs.value / 1000));
  const state = is === "leaving" || is === "stayed" ? is : to;
  return (
    <Modal title={t(`power.${to}.ended`)} testId="power-ended">
      <div data-testid="power-state" data-state={is}>
        <p role="status">{t(`power.ended.${state}`)}</p>
        {to === "restart" && is !== "stayed" && (
          <p class="section-note" data-testid="power-seconds">
            {t("power.seconds", { seconds })}
          </p>
        )}
        {to === "restart" && is === "away" && watch.elapsedMs.value >= LONG_MS && <p class="warns">{t("power.long")}</p>}
      </div>
      {is === "stayed" && (
        <button type="button" class="button" autofocus data-testid="power-close" onClick={onClose}>
          {t("action.close")}
        </button>
      )}
    </Modal>
  );
}

function back(): void {
  closeSettings();
  location.reload();
}
