// Settings: a list of sections and the one that is open. A lazy chunk; a new section is one line of `SECTIONS`.

import "../../style/settings.css";
import "../../style/access.css";
import { CircleUser, Info, KeyRound, type LucideProps, Network, PackageCheck, ScrollText, ShieldCheck, Ticket, Users } from "lucide-preact";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { askWho, own } from "../../access/own.ts";
import { atLeast, type Role } from "../../access/role.ts";
import { role } from "../../device.ts";
import accessTexts from "../../i18n/en.access.json";
import texts from "../../i18n/en.settings.json";
import updateTexts from "../../i18n/en.update.json";
import { type Key, learn, t } from "../../i18n/index.ts";
import { Icon } from "../../parts/icon.tsx";
import { Modal } from "../../parts/modal.tsx";
import { addressOf, closeSettings, place, type SectionId } from "../../settings/place.ts";
import { AboutSection } from "./about.tsx";
import { AccountSection } from "./account.tsx";
import { AuditSection } from "./audit.tsx";
import { CertificateSection } from "./certificate.tsx";
import { GuestsSection } from "./guests.tsx";
import { NetworkSection } from "./network.tsx";
import { PeopleSection } from "./people.tsx";
import { TokensSection } from "./tokens.tsx";
import { UpdateSection } from "./update.tsx";

learn(accessTexts);
learn(texts);
learn(updateTexts);

interface Section {
  readonly id: SectionId;
  readonly title: Key;
  readonly icon: ComponentType<LucideProps>;
  /** The least role that may see it. */
  readonly needs: Role;
  /** Guests have nothing there, whatever their role. */
  readonly own?: true;
  readonly Content: ComponentType;
}

const SECTIONS: readonly Section[] = [
  { id: "network", title: "network.title", icon: Network, needs: "admin", Content: NetworkSection },
  { id: "update", title: "update.title", icon: PackageCheck, needs: "admin", Content: UpdateSection },
  { id: "account", title: "account.title", icon: CircleUser, needs: "viewer", Content: AccountSection },
  { id: "people", title: "people.title", icon: Users, needs: "admin", Content: PeopleSection },
  { id: "tokens", title: "tokens.title", icon: KeyRound, needs: "viewer", own: true, Content: TokensSection },
  { id: "guests", title: "guests.title", icon: Ticket, needs: "operator", own: true, Content: GuestsSection },
  { id: "certificate", title: "certificate.title", icon: ShieldCheck, needs: "admin", Content: CertificateSection },
  { id: "audit", title: "audit.title", icon: ScrollText, needs: "admin", Content: AuditSection },
  { id: "about", title: "about.title", icon: Info, needs: "viewer", Content: AboutSection },
];

/** What the role of whoever looks leaves of them. */
function sectionsFor(least: Role | null, guest: boolean): readonly Section[] {
  return SECTIONS.filter(({ needs, own }) => atLeast(least, needs) && !(own && guest));
}

export function Settings() {
  const sections = sectionsFor(role.value, own.value?.kind === "guest");
  const open = sections.find(({ id }) => id === place.value?.section) ?? sections[0] ?? SECTIONS.at(-1)!;
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => void askWho(), []);
  useEffect(() => content.current!.scrollTo(0, 0), [open]);
  return (
    <Modal title={t("settings.title")} testId="settings" look="settings" onClose={closeSettings}>
      <nav class="sections" aria-label={t("settings.sections")}>
        {sections.map(({ id, title, icon }) => (
          <a
            key={id}
            class="section-link"
            href={addressOf(id)}
            aria-current={id === open.id ? "page" : undefined}
            // Where the keys are when Settings opens.
            autofocus={id === open.id}
            data-testid={`settings-to-${id}`}
          >
            <Icon of={icon} />
            <span>{t(title)}</span>
          </a>
        ))}
      </nav>
      {/* It scrolls, so the keys must be able to reach it. */}
      <section ref={content} class="section" tabIndex={0} aria-labelledby="section-title" data-testid={`settings-${open.id}`}>
        <h3 id="section-title">{t(open.title)}</h3>
        <open.Content />
      </section>
    </Modal>
  );
}
