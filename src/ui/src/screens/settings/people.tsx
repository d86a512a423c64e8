// People: who may log in and what each may do; and everybody's sessions.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Listing } from "../../access/listing.ts";
import { sessions, type User, users } from "../../api/access.ts";
import { t } from "../../i18n/index.ts";
import { Entries, Entry } from "../../parts/entries.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { AddPerson, ChangePerson } from "./person.tsx";
import { SessionList } from "./session-list.tsx";

export function PeopleSection() {
  const listing = useMemo(() => new Listing(users), []);
  useEffect(() => listing.show(), []);
  const adding = useSignal(false);
  const changing = useSignal<string | null>(null);
  const people = listing.items.value;
  const open = people?.find(({ name }) => name === changing.value);
  return (
    <>
      <p class="lead">{t("people.lead")}</p>
      {/* Whatever opens a dialog tells its troubles there. */}
      {!adding.value && !open && <TroubleLine trouble={listing.trouble.value} testId="people-error" />}
      {people ? <People people={people} onChange={(name) => (changing.value = name)} /> : <p class="section-note">{t("access.loading")}</p>}
      <div class="trial-actions">
        <button type="button" class="button primary" data-testid="people-add" onClick={() => (adding.value = true)}>
          {t("people.add")}
        </button>
      </div>
      <Everybody />
      {adding.value && <AddPerson listing={listing} onClose={() => (adding.value = false)} />}
      {open && <ChangePerson key={open.name} listing={listing} user={open} last={isLastAdmin(open, people!)} onClose={() => (changing.value = null)} />}
    </>
  );
}

function People({ people, onChange }: { readonly people: readonly User[]; readonly onChange: (name: string) => void }) {
  return (
    <Entries label={t("people.title")}>
      {people.map(({ name, role, second_factor: second, you }) => (
        <Entry
          key={name}
          name={name}
          badge={you ? t("access.you") : undefined}
          facts={[t(`role.${role}`), t(second ? "people.second.on" : "people.second.off")]}
          testId="person"
        >
          <button type="button" class="button tall" aria-label={t("people.change.label", { name })} data-testid="person-change" onClick={() => onChange(name)}>
            {t("people.change")}
          </button>
        </Entry>
      ))}
    </Entries>
  );
}

function Everybody() {
  const listing = useMemo(() => new Listing(sessions), []);
  useEffect(() => listing.show(), []);
  const all = listing.items.value;
  const title = t("sessions.all");
  return (
    <section class="block" aria-labelledby="people-sessions">
      <h4 id="people-sessions">{title}</h4>
      <TroubleLine trouble={listing.trouble.value} testId="sessions-error" />
      {all && <SessionList label={title} listing={listing} sessions={all} named />}
      {all && all.length < 2 && <p class="section-note">{t("sessions.none")}</p>}
    </section>
  );
}

function isLastAdmin(user: User, people: readonly User[]): boolean {
  return user.role === "admin" && people.filter(({ role }) => role === "admin").length === 1;
}
