// Guest links: those that there are, a new one, and the one time that it is shown.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { guestLink } from "../../access/guest.ts";
import { Listing } from "../../access/listing.ts";
import { type Role, upTo } from "../../access/role.ts";
import { createGuest, type Guest, guests, revokeGuest } from "../../api/access.ts";
import { isAdmin, role } from "../../device.ts";
import { own } from "../../access/own.ts";
import { t, tCount } from "../../i18n/index.ts";
import { CopyText } from "../../parts/copy.tsx";
import { Entries, Entry } from "../../parts/entries.tsx";
import { Field } from "../../parts/field.tsx";
import { Modal } from "../../parts/modal.tsx";
import { Select } from "../../parts/select.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { expiresText } from "./access-words.ts";
import { AskRevoke } from "./ask.tsx";
import { RoleChoice } from "./role-choice.tsx";

const MINUTES = ["60", "480", "1440", "10080"] as const;

export function GuestsSection() {
  const listing = useMemo(() => new Listing(guests), []);
  useEffect(() => listing.show(), []);
  const creating = useSignal(false);
  const made = useSignal<string | null>(null);
  const revoking = useSignal<Guest | null>(null);
  const all = listing.items.value;
  return (
    <>
      <p class="lead">{t("guests.lead")}</p>
      {!creating.value && <TroubleLine trouble={listing.trouble.value} testId="guests-error" />}
      {all?.length === 0 && <p class="section-note">{t("guests.none")}</p>}
      {all && (
        <Entries label={t("guests.title")}>
          {all.map((guest) => (
            <GuestEntry key={guest.id} guest={guest} onRevoke={() => (revoking.value = guest)} />
          ))}
        </Entries>
      )}
      <div class="trial-actions">
        <button type="button" class="button primary" data-testid="guests-create" onClick={() => (creating.value = true)}>
          {t("guests.create")}
        </button>
      </div>
      {creating.value && (
        <Create
          listing={listing}
          onClose={(path) => {
            creating.value = false;
            made.value = path;
          }}
        />
      )}
      {made.value && <Once link={guestLink(location.origin, made.value)} onDone={() => (made.value = null)} />}
      {revoking.value && (
        <AskRevoke
          what="guests"
          label={revoking.value.label}
          onYes={revokes(listing, revoking.value.id)}
          onClose={() => (revoking.value = null)}
        />
      )}
    </>
  );
}

function revokes(listing: Listing<Guest>, id: string): () => void {
  return () => void listing.act(() => revokeGuest(id));
}

function GuestEntry({ guest, onRevoke }: { readonly guest: Guest; readonly onRevoke: () => void }) {
  const { label, by, expires, in_use: count } = guest;
  const mine = by === own.value?.user;
  const facts = [
    t(`role.${guest.role}`),
    !mine && t("guests.by", { user: by }),
    expiresText(expires),
    count === 0 ? t("guests.use.none") : tCount("guests.use", count),
  ];
  return (
    <Entry name={label} facts={facts} testId="guest">
      {(mine || isAdmin.value) && (
        <button type="button" class="button tall" aria-label={t("guests.revoke.label", { label })} data-testid="guest-revoke" onClick={onRevoke}>
          {t("access.revoke")}
        </button>
      )}
    </Entry>
  );
}

function Create({ listing, onClose }: { readonly listing: Listing<Guest>; readonly onClose: (path: string | null) => void }) {
  const label = useSignal("");
  const wanted = useSignal<Role>("viewer");
  const minutes = useSignal<(typeof MINUTES)[number]>("60");
  const tried = useSignal(false);
  const name = label.value.trim();
  // Nobody gives administration away by a link.
  const roles = upTo(role.value).filter((each) => each !== "admin");

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    tried.value = true;
    if (name === "") return;
    const made = await listing.act(() => createGuest(name, wanted.value, Number(minutes.value)));
    if (made) onClose(made.result);
  }

  return (
    <Modal title={t("guests.create")} testId="guest-create" onClose={() => onClose(null)}>
      <form class="form" noValidate onSubmit={(event) => void submit(event)}>
        <Field
          label={t("guests.for")}
          testId="guest-label"
          value={label.value}
          onValue={(value) => (label.value = value)}
          autocomplete="off"
          autofocus
          maxLength={40}
          error={tried.value && name === "" ? t("access.label.rule") : undefined}
        />
        <RoleChoice name="guest-role" roles={roles} value={wanted.value} onChoose={(value) => (wanted.value = value)} />
        <Select
          label={t("guests.minutes")}
          values={MINUTES}
          value={minutes.value}
          text={(value) => t(`guests.minutes.${value}`)}
          testId="guest-minutes"
          onChoose={(value) => (minutes.value = value)}
        />
        <TroubleLine trouble={listing.trouble.value} testId="guest-error" />
        <button class="button primary" disabled={listing.busy.value} data-testid="guest-submit">
          {t("guests.submit")}
        </button>
      </form>
    </Modal>
  );
}

/** Only a word closes it: it is never shown again. */
function Once({ link, onDone }: { readonly link: string; readonly onDone: () => void }) {
  return (
    <Modal title={t("guests.once.title")} testId="guest-once">
      <p>{t("guests.once.text")}</p>
      <CopyText label={t("guests.once.link")} text={link} testId="guest-link" />
      <div class="trial-actions">
        <button type="button" class="button primary" data-testid="guest-done" onClick={onDone}>
          {t("access.done")}
        </button>
      </div>
    </Modal>
  );
}
