// The two slots, and the start of the one that does not run.

import { useSignal } from "@preact/signals";
import type { Update } from "../../api/update.ts";
import { t } from "../../i18n/index.ts";
import { Modal } from "../../parts/modal.tsx";
import { letter, nameOf } from "../../update/names.ts";
import type { UpdatePage } from "../../update/page.ts";
import { type Card, cardsOf, type Start, startOf } from "../../update/slots.ts";
import { date } from "./units.ts";

interface Props {
  readonly page: UpdatePage;
  readonly update: Update;
}

export function Slots({ page, update }: Props) {
  const asking = useSignal(false);
  const under = ["leaving", "away", "trial"].includes(page.state.value);
  const start = under ? null : startOf(update);
  return (
    <section class="block" aria-labelledby="update-slots">
      <h4 id="update-slots">{t("update.slots")}</h4>
      <div class="slots">
        {cardsOf(update).map((card) => (
          <SlotCard key={card.id} card={card}>
            {!card.runs && start && <StartButton page={page} start={start} onAsk={() => (asking.value = true)} />}
          </SlotCard>
        ))}
      </div>
      {asking.value && start && <Ask page={page} update={update} start={start} onClose={() => (asking.value = false)} />}
    </section>
  );
}

function SlotCard({ card, children }: { readonly card: Card; readonly children: preact.ComponentChildren }) {
  const { id, slot, runs, word, tone, text, values, mark } = card;
  return (
    <article class={runs ? "slot runs" : "slot"} aria-labelledby={`slot-${id}`} data-testid={`slot-${id}`} data-status={slot.status}>
      <header>
        <h5 id={`slot-${id}`}>{t("update.slot.title", { slot: letter(id) })}</h5>
        <span class={`slot-word ${tone}`} data-testid={`slot-${id}-word`}>
          {t(word)}
        </span>
      </header>
      <p class="slot-version" data-testid={`slot-${id}-version`}>
        {slot.version ?? <span class="section-note">{t("update.slot.noVersion")}</span>}
      </p>
      {slot.created !== null && <p class="section-note">{t("update.slot.created", { date: date(slot.created) })}</p>}
      <p data-testid={`slot-${id}-text`}>{t(text, values)}</p>
      {mark && <p class="section-note">{t(mark)}</p>}
      {children}
    </article>
  );
}

function StartButton({ page, start, onAsk }: { readonly page: UpdatePage; readonly start: Start; readonly onAsk: () => void }) {
  if (start.refused) return <p class="section-note">{t(start.refused)}</p>;
  return (
    <button
      type="button"
      class={start.kind === "first" ? "button primary" : "button"}
      disabled={page.ordering.value}
      data-testid="update-start"
      data-kind={start.kind}
      onClick={onAsk}
    >
      {t(`update.start.${start.kind}`, { version: nameOf(start.version, start.slot), slot: letter(start.slot) })}
    </button>
  );
}

/** What a restart means, before it is ordered. */
function Ask({ page, update, start, onClose }: Props & { readonly start: Start; readonly onClose: () => void }) {
  const { running } = update;
  const values = { version: nameOf(start.version, start.slot), now: nameOf(update.slots[running].version, running) };
  return (
    <Modal title={t("update.ask.title", values)} testId="update-ask" onClose={onClose}>
      <p>{t("update.ask.away")}</p>
      <p>{t("update.ask.trial", values)}</p>
      <p>{t("update.ask.data")}</p>
      <div class="trial-actions">
        <button
          type="button"
          class="button primary"
          data-testid="update-ask-go"
          onClick={() => {
            onClose();
            void page.trial();
          }}
        >
          {t("update.ask.go", values)}
        </button>
        <button type="button" class="button" autofocus data-testid="update-ask-stay" onClick={onClose}>
          {t("update.ask.stay", values)}
        </button>
      </div>
    </Modal>
  );
}
