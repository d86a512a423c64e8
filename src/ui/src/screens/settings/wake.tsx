// Wake-on-LAN: the machines of the list, each with its button; an admin edits them.

import { Zap } from "lucide-preact";
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Listing } from "../../access/listing.ts";
import { type Machine, saveWakeList, wake, wakeList } from "../../api/wake.ts";
import { isAdmin } from "../../device.ts";
import { t } from "../../i18n/index.ts";
import { Entries, Entry } from "../../parts/entries.tsx";
import { useAttempt } from "../../parts/attempt.ts";
import { Field } from "../../parts/field.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Modal } from "../../parts/modal.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { type Draft, draftOf, EMPTY, errorsOf, listWith, machineOf, MOST, PORT } from "../../settings/wake.ts";
import { Ask } from "./ask.tsx";

/** Which one is edited; `null` in it: a new one. */
type Editing = { readonly before: Machine | null };

export function WakeSection() {
  const available = useSignal(true);
  const listing = useMemo(
    () =>
      new Listing(async () => {
        const list = await wakeList();
        available.value = list.available;
        return list.machines;
      }),
    [],
  );
  useEffect(() => listing.show(), []);
  const sent = useSignal<{ readonly name: string; readonly to: string } | null>(null);
  const editing = useSignal<Editing | null>(null);
  const removing = useSignal<Machine | null>(null);
  const machines = listing.items.value;

  async function send(name: string): Promise<void> {
    sent.value = null;
    const done = await listing.act(() => wake(name));
    if (done) sent.value = { name, to: done.result };
  }

  if (!available.value) {
    return (
      <p class="section-note" data-testid="wake-unavailable">
        {t("wake.unavailable")}
      </p>
    );
  }
  return (
    <>
      <p class="lead">{t("wake.lead")}</p>
      {!editing.value && <TroubleLine trouble={listing.trouble.value} testId="wake-error" />}
      <p role="status" data-testid="wake-sent">
        {sent.value && t("wake.sent", sent.value)}
      </p>
      {machines?.length === 0 && <p class="section-note">{t(isAdmin.value ? "wake.none" : "wake.none.ask")}</p>}
      {machines && (
        <Entries label={t("wake.title")}>
          {machines.map((machine) => (
            <MachineEntry
              key={machine.name}
              machine={machine}
              busy={listing.busy.value}
              onWake={() => void send(machine.name)}
              onEdit={() => (editing.value = { before: machine })}
              onRemove={() => (removing.value = machine)}
            />
          ))}
        </Entries>
      )}
      {isAdmin.value && machines && machines.length < MOST && (
        <div class="trial-actions">
          <button type="button" class="button" data-testid="wake-add" onClick={() => (editing.value = { before: null })}>
            {t("wake.add")}
          </button>
        </div>
      )}
      {editing.value && <Edit listing={listing} before={editing.value.before} onClose={() => (editing.value = null)} />}
      {removing.value && <Remove listing={listing} machine={removing.value} onClose={() => (removing.value = null)} />}
    </>
  );
}

interface EntryProps {
  readonly machine: Machine;
  readonly busy: boolean;
  readonly onWake: () => void;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function MachineEntry({ machine, busy, onWake, onEdit, onRemove }: EntryProps) {
  const { name, mac, broadcast, port } = machine;
  const usual = !broadcast && (port ?? PORT) === PORT;
  const to = usual ? null : t("wake.to", { to: `${broadcast ?? t("wake.link")}:${port ?? PORT}` });
  return (
    <Entry name={name} facts={[mac, to]} testId="wake-machine">
      {isAdmin.value && (
        <>
          <button type="button" class="button tall" aria-label={t("wake.edit.label", { name })} data-testid="wake-edit" onClick={onEdit}>
            {t("wake.edit")}
          </button>
          <button type="button" class="button tall" aria-label={t("wake.remove.label", { name })} data-testid="wake-remove" onClick={onRemove}>
            {t("wake.remove")}
          </button>
        </>
      )}
      <button type="button" class="button primary tall" aria-label={t("wake.send.label", { name })} disabled={busy} data-testid="wake-send" onClick={onWake}>
        <Icon of={Zap} />
        {t("wake.send")}
      </button>
    </Entry>
  );
}

interface EditProps {
  readonly listing: Listing<Machine>;
  readonly before: Machine | null;
  readonly onClose: () => void;
}

function Edit({ listing, before, onClose }: EditProps) {
  const draft = useSignal<Draft>(before ? draftOf(before) : EMPTY);
  const names = (listing.items.value ?? []).map(({ name }) => name).filter((name) => name !== before?.name);
  const attempt = useAttempt(errorsOf(draft.value, names));

  async function submit(event: Event): Promise<void> {
    if (!attempt.passes(event)) return;
    // Somebody else may have changed the list since it was shown.
    const save = async () => saveWakeList(listWith((await wakeList()).machines, machineOf(draft.peek()), before?.name ?? null));
    if (await listing.act(save)) onClose();
  }

  return (
    <Modal title={t(before ? "wake.edit.title" : "wake.add.title")} testId="wake-form" onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => void submit(event)}>
        {FIELDS.map(({ name, hint }) => (
          <TextOf key={name} name={name} hint={hint} draft={draft} error={attempt.said(name)} />
        ))}
        <TroubleLine trouble={listing.trouble.value} testId="wake-form-error" />
        <button class="button primary" disabled={listing.busy.value} data-testid="wake-submit">
          {t("wake.save")}
        </button>
      </form>
    </Modal>
  );
}

const FIELDS = [
  { name: "name", hint: null },
  { name: "mac", hint: "wake.mac.hint" },
  { name: "broadcast", hint: "wake.broadcast.hint" },
  { name: "port", hint: "wake.port.hint" },
] as const;

interface TextProps {
  readonly name: keyof Draft;
  readonly hint: (typeof FIELDS)[number]["hint"];
  readonly draft: Signal<Draft>;
  readonly error: ReturnType<typeof errorsOf>[keyof Draft] | undefined;
}

function TextOf({ name, hint, draft, error }: TextProps) {
  return (
    <Field
      label={t(`wake.${name}`)}
      testId={`wake-${name}`}
      value={draft.value[name]}
      onValue={(value) => (draft.value = { ...draft.peek(), [name]: value })}
      autocomplete="off"
      autofocus={name === "name"}
      inputMode={name === "port" ? "numeric" : "text"}
      required={name !== "broadcast"}
      error={error && t(error)}
    >
      {hint && t(hint)}
    </Field>
  );
}

function Remove({ listing, machine, onClose }: { readonly listing: Listing<Machine>; readonly machine: Machine; readonly onClose: () => void }) {
  const remove = async () => saveWakeList((await wakeList()).machines.filter(({ name }) => name !== machine.name));
  return (
    <Ask
      title={t("wake.remove.title", { name: machine.name })}
      text={t("wake.remove.text")}
      yes={t("wake.remove")}
      no={t("action.cancel")}
      testId="wake-ask"
      onYes={() => void listing.act(remove)}
      onClose={onClose}
    />
  );
}
