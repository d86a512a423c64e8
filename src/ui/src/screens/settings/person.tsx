// The dialogs about one person: a new one, and what can be changed about one who is there.

import { useSignal } from "@preact/signals";
import type { Listing } from "../../access/listing.ts";
import { type Role, ROLES } from "../../access/role.ts";
import { addUser, changeUser, removeUser, type User, type UserChange } from "../../api/access.ts";
import { t } from "../../i18n/index.ts";
import { Field } from "../../parts/field.tsx";
import { Modal } from "../../parts/modal.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { isUserName, LONGEST, SHORTEST } from "../../rules.ts";
import { RoleChoice } from "./role-choice.tsx";

interface Props {
  readonly listing: Listing<User>;
  readonly onClose: () => void;
}

export function AddPerson({ listing, onClose }: Props) {
  const name = useSignal("");
  const password = useSignal("");
  const role = useSignal<Role>("operator");
  const tried = useSignal(false);
  const short = [...password.value].length < SHORTEST;

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    tried.value = true;
    if (!isUserName(name.value) || short) return;
    if (await listing.act(() => addUser(name.value, role.value, password.value))) onClose();
  }

  return (
    <Modal title={t("people.add.title")} testId="person-add" onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => void submit(event)}>
        <Field
          label={t("people.name")}
          testId="person-name"
          value={name.value}
          onValue={(value) => (name.value = value)}
          autocomplete="off"
          autofocus
          maxLength={32}
          error={(tried.value || name.value !== "") && !isUserName(name.value) ? t("people.name.rule") : undefined}
        />
        <RoleChoice name="person-role" roles={ROLES} value={role.value} onChoose={(value) => (role.value = value)} />
        <NewPassword label={t("people.password")} hint={t("people.password.hint")} value={password.value} wrong={tried.value && short} onValue={(value) => (password.value = value)} />
        <TroubleLine trouble={listing.trouble.value} testId="person-error" />
        <button class="button primary" disabled={listing.busy.value} data-testid="person-submit">
          {t("people.add.submit")}
        </button>
      </form>
    </Modal>
  );
}

export function ChangePerson({ listing, user, last, onClose }: Props & { readonly user: User; readonly last: boolean }) {
  const role = useSignal(user.role);
  const password = useSignal("");
  const reset = useSignal(false);
  const removing = useSignal(false);
  const short = password.value !== "" && [...password.value].length < SHORTEST;
  const change = changeOf(user, role.value, password.value, reset.value);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (short) return;
    if (Object.keys(change).length === 1 || (await listing.act(() => changeUser(change)))) onClose();
  }

  if (removing.value) return <Remove listing={listing} name={user.name} onClose={onClose} onBack={() => (removing.value = false)} />;
  return (
    <Modal title={user.name} testId="person-edit" onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => void submit(event)}>
        {last ? (
          <p class="section-note" data-testid="person-last">
            {t("people.last")}
          </p>
        ) : (
          <RoleChoice name="person-role" roles={ROLES} value={role.value} onChoose={(value) => (role.value = value)} />
        )}
        <NewPassword label={t("people.new")} hint={t("people.new.hint")} value={password.value} wrong={short} onValue={(value) => (password.value = value)} />
        {user.second_factor && (
          <label class="tick">
            <input type="checkbox" checked={reset.value} data-testid="person-reset" onChange={(event) => (reset.value = event.currentTarget.checked)} />
            <span>{t("people.reset")}</span>
          </label>
        )}
        <TroubleLine trouble={listing.trouble.value} testId="person-error" />
        <button class="button primary" disabled={listing.busy.value} data-testid="person-submit">
          {t("people.save")}
        </button>
        {!last && !user.you && (
          <button type="button" class="button tall" data-testid="person-remove" onClick={() => (removing.value = true)}>
            {t("people.remove")}
          </button>
        )}
      </form>
    </Modal>
  );
}

function Remove({ listing, name, onClose, onBack }: Props & { readonly name: string; readonly onBack: () => void }) {
  async function remove(): Promise<void> {
    if (await listing.act(() => removeUser(name))) onClose();
  }
  return (
    <Modal title={t("people.remove.title", { name })} testId="person-ask" onClose={onClose}>
      <p>{t("people.remove.text")}</p>
      <TroubleLine trouble={listing.trouble.value} testId="person-error" />
      <div class="trial-actions">
        <button type="button" class="button danger" disabled={listing.busy.value} data-testid="person-ask-yes" onClick={() => void remove()}>
          {t("people.remove.submit", { name })}
        </button>
        <button type="button" class="button" autofocus data-testid="person-ask-no" onClick={onBack}>
          {t("action.cancel")}
        </button>
      </div>
    </Modal>
  );
}

interface NewPasswordProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly wrong: boolean;
  readonly onValue: (value: string) => void;
}

function NewPassword({ label, hint, value, wrong, onValue }: NewPasswordProps) {
  return (
    <Field
      label={label}
      testId="person-password"
      value={value}
      onValue={onValue}
      autocomplete="new-password"
      password
      maxLength={LONGEST}
      error={wrong ? t("password.short", { count: SHORTEST }) : undefined}
    >
      {hint}
    </Field>
  );
}

/** Only what is another than it was. */
function changeOf(user: User, role: Role, password: string, reset: boolean): UserChange {
  return {
    name: user.name,
    ...(role === user.role ? {} : { role }),
    ...(password === "" ? {} : { password }),
    ...(reset ? { second_factor: false as const } : {}),
  };
}
