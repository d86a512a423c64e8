// The macros dialog: the list, and one of them open.

import "../../style/access.css";
import "../../style/macros.css";
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { saveFile } from "../../console/holds.ts";
import type { Session } from "../../console/session.ts";
import { device } from "../../device.ts";
import texts from "../../i18n/en.macros.json";
import { learn, t, tCount } from "../../i18n/index.ts";
import { LARGEST_FILE, type Macro, print, type Refusal } from "../../macros/macro.ts";
import type { Saved } from "../../macros/store.ts";
import { Entries, Entry } from "../../parts/entries.tsx";
import { Modal } from "../../parts/modal.tsx";
import { targetKeys } from "../keys/target.ts";
import { Editor } from "./editor.tsx";

learn(texts);

interface Props {
  readonly session: Session;
}

/** What the last thing that was done came to, in the language that is shown. */
interface Said {
  readonly text: () => string;
  readonly bad: boolean;
}
const NOTHING: Said = { text: () => "", bad: false };
const said = signal(NOTHING);

export function Macros({ session }: Props) {
  const { macros } = session;
  const draft = macros.draft.value;
  useEffect(() => targetKeys.open(), []);
  useEffect(() => {
    said.value = NOTHING;
    return () => (macros.draft.value = null);
  }, []);
  return (
    <Modal title={t(draft ? "macro.editing" : "macro.title")} testId="macros" look="macros" onClose={() => session.openDialog("none")}>
      {draft ? <Editor key={draft.id} desk={macros} draft={draft} onSaved={(saved) => (said.value = saidOf(saved))} /> : <List session={session} />}
      <p class={said.value.bad ? "form-error" : "macros-said"} role={said.value.bad ? "alert" : "status"} data-testid="macros-said">
        {said.value.text()}
      </p>
    </Modal>
  );
}

function List({ session }: Props) {
  const { macros } = session;
  const kept = macros.store.macros.value;
  return (
    <>
      <p class="field-note">{t("macro.lead")}</p>
      {kept.length === 0 && <p>{t("macro.none")}</p>}
      <Entries label={t("macro.list")}>
        {kept.map((macro) => (
          <Kept key={macro.id} macro={macro} session={session} />
        ))}
      </Entries>
      <div class="macro-actions">
        <button type="button" class="button primary" data-testid="macros-record" disabled={!session.control.active.value} onClick={() => macros.record()}>
          {t("macro.record")}
        </button>
        <Import session={session} />
        <button type="button" class="button" data-testid="macros-new" onClick={() => edit(session, { id: macros.store.newId(), name: t("macro.new"), digit: null, steps: [] })}>
          {t("macro.write")}
        </button>
        <button type="button" class="button" data-testid="macros-export" disabled={kept.length === 0} onClick={() => save(kept)}>
          {t("macro.export")}
        </button>
      </div>
    </>
  );
}

function Kept({ macro, session }: Props & { readonly macro: Macro }) {
  return (
    <Entry
      name={macro.name}
      facts={[tCount("macro.steps", macro.steps.length), macro.digit !== null && t("macro.digit.is", { digit: macro.digit })]}
      testId="macro"
    >
      <button type="button" class="button" data-testid="macro-edit" onClick={() => edit(session, macro)}>
        {t("macro.edit")}
      </button>
      <button
        type="button"
        class="button"
        data-testid="macro-run"
        disabled={!session.control.active.value}
        onClick={() => {
          session.openDialog("none");
          void session.macros.run(macro);
        }}
      >
        {t("macro.run")}
      </button>
    </Entry>
  );
}

function Import({ session }: Props) {
  const input = useRef<HTMLInputElement>(null);
  async function read(file: File): Promise<void> {
    // Longer ones are not even read: a character has at most four bytes.
    const text = file.size > 4 * LARGEST_FILE ? " ".repeat(LARGEST_FILE + 1) : await file.text();
    const { imported, saved } = session.macros.store.add(text);
    if (!imported.ok) said.value = refusalOf(imported.refusal);
    else said.value = saved === "saved" ? { text: () => tCount("macro.imported", imported.macros.length), bad: false } : saidOf(saved);
  }
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        class="unseen"
        aria-label={t("macro.import")}
        tabIndex={-1}
        data-testid="macros-file"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) void read(file).catch(() => (said.value = { text: () => t("macro.bad.read"), bad: true }));
        }}
      />
      <button type="button" class="button" data-testid="macros-import" onClick={() => input.current!.click()}>
        {t("macro.import")}
      </button>
    </>
  );
}

function save(macros: readonly Macro[]): void {
  saveFile(new Blob([print(macros)], { type: "application/json" }), `${device.peek()?.name ?? "farseat"}-macros.json`);
}

function edit(session: Session, macro: Macro): void {
  said.value = NOTHING;
  session.macros.draft.value = macro;
}

function saidOf(saved: Saved): Said {
  if (saved === "saved") return NOTHING;
  return { text: () => t(saved === "full" ? "macro.full.list" : "macro.notKept"), bad: true };
}

function refusalOf(refusal: Refusal): Said {
  const { why, ...where } = refusal;
  return { text: () => t(`macro.bad.${why}`, where), bad: true };
}
