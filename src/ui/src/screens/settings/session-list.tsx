// Sessions, one below the other, each of which can be ended.

import type { Listing } from "../../access/listing.ts";
import { revokeSession, type Session } from "../../api/access.ts";
import { t } from "../../i18n/index.ts";
import { Entries, Entry } from "../../parts/entries.tsx";
import { agoText } from "./access-words.ts";

interface Props {
  readonly label: string;
  readonly listing: Listing<Session>;
  readonly sessions: readonly Session[];
  /** Not all are one's own. */
  readonly named?: boolean;
}

export function SessionList({ label, listing, sessions, named }: Props) {
  return (
    <Entries label={label}>
      {sessions.map((session) => (
        <SessionEntry key={session.id} session={session} listing={listing} named={named ?? false} />
      ))}
    </Entries>
  );
}

function SessionEntry({ session, listing, named }: { readonly session: Session; readonly listing: Listing<Session>; readonly named: boolean }) {
  const { id, user, role, kind, address, started, used, current } = session;
  const device = session.device || t("sessions.device.none");
  const facts = [
    named && device,
    named && t(`role.${role}`),
    kind !== "password" && t(`sessions.kind.${kind}`),
    address,
    t("sessions.since", { time: agoText(started) }),
    !current && t("sessions.used", { time: agoText(used) }),
  ];
  return (
    <Entry name={named ? user : device} badge={current ? t("sessions.current") : undefined} facts={facts} testId="session">
      {!current && (
        <button
          type="button"
          class="button tall"
          disabled={listing.busy.value}
          aria-label={t("sessions.end.label", { device: named ? `${user}, ${device}` : device, address })}
          data-testid="session-end"
          onClick={() => void listing.act(() => revokeSession(id))}
        >
          {t("sessions.end")}
        </button>
      )}
    </Entry>
  );
}
