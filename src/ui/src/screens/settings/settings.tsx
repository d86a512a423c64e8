// Settings: a list of sections and the one that is open. A lazy chunk; a new section is one line of `SECTIONS`.

import "../../style/settings.css";
import "../../style/trial.css";
import "../../style/access.css";
import "../../style/diagnostics.css";
import { Activity, ChevronDown, CircleUser, Info, KeyRound, type LucideProps, Monitor, Mouse, Network, PackageCheck, Palette, Power, ScrollText, ShieldCheck, Ticket, Usb, Users, Wifi, Zap } from "lucide-preact";
import type { ComponentType } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { askWho, own } from "../../access/own.ts";
import { atLeast, type Role } from "../../access/role.ts";
import { role } from "../../device.ts";
import { find } from "../../find.ts";
import accessTexts from "../../i18n/en.access.json";
import inputTexts from "../../i18n/en.input.json";
import texts from "../../i18n/en.settings.json";
import systemTexts from "../../i18n/en.system.json";
import updateTexts from "../../i18n/en.update.json";
import wifiTexts from "../../i18n/en.wifi.json";
import { type Key, learn, textsUnder, t } from "../../i18n/index.ts";
import { Icon } from "../../parts/icon.tsx";
import { Modal } from "../../parts/modal.tsx";
import { addressOf, closeSettings, linkTo, place, type SectionId } from "../../settings/place.ts";
import { AboutSection } from "./about.tsx";
import { AccountSection } from "./account.tsx";
import { AppearanceSection } from "./appearance.tsx";
import { AuditSection } from "./audit.tsx";
import { CertificateSection } from "./certificate.tsx";
import { DiagnosticsSection } from "./diagnostics.tsx";
import { GuestsSection } from "./guests.tsx";
import { InputSection } from "./input.tsx";
import { NetworkSection } from "./network.tsx";
import { PeopleSection } from "./people.tsx";
import { PowerSection } from "./power.tsx";
import { TokensSection } from "./tokens.tsx";
import { UpdateSection } from "./update.tsx";
import { UsbSection } from "./usb.tsx";
import { VideoSection } from "./video.tsx";
import { WakeSection } from "./wake.tsx";
import { WifiSection } from "./wifi.tsx";

learn(accessTexts);
learn(inputTexts);
learn(texts);
learn(systemTexts);
learn(updateTexts);
learn(wifiTexts);

interface Section {
  readonly id: SectionId;
  readonly title: Key;
  readonly icon: ComponentType<LucideProps>;
  /** The least role that may see it. */
  readonly needs: Role;
  /** Guests have nothing there, whatever their role. */
  readonly own?: true;
  /** How the keys of what it shows begin, for those who search; whole keys of sentences with words that are looked for. */
  readonly texts: readonly string[];
  readonly Content: ComponentType;
}

const SECTIONS: readonly Section[] = [
  { id: "network", title: "network.title", icon: Network, needs: "admin", texts: ["network.", "trial."], Content: NetworkSection },
  { id: "wifi", title: "wifi.title", icon: Wifi, needs: "admin", texts: ["wifi.", "network.now", "network.apply"], Content: WifiSection },
  { id: "input", title: "input.title", icon: Mouse, needs: "operator", texts: ["input.", "input.align.text", "view.mouse", "align.", "jiggler."], Content: InputSection },
  { id: "usb", title: "usb.title", icon: Usb, needs: "operator", texts: ["usb.", "usb.lead"], Content: UsbSection },
  { id: "video", title: "video.title", icon: Monitor, needs: "operator", texts: ["video.", "video.size.hint", "edid."], Content: VideoSection },
  { id: "appearance", title: "appearance.title", icon: Palette, needs: "viewer", texts: ["appearance.", "view.theme", "view.scaling"], Content: AppearanceSection },
  { id: "update", title: "update.title", icon: PackageCheck, needs: "admin", texts: ["update."], Content: UpdateSection },
  { id: "account", title: "account.title", icon: CircleUser, needs: "viewer", texts: ["account.", "password.", "second.", "sessions.", "login.recovery", "role."], Content: AccountSection },
  { id: "people", title: "people.title", icon: Users, needs: "admin", texts: ["people.", "sessions.", "role.", "login.username"], Content: PeopleSection },
  { id: "tokens", title: "tokens.title", icon: KeyRound, needs: "viewer", own: true, texts: ["tokens.", "access.", "role."], Content: TokensSection },
  { id: "guests", title: "guests.title", icon: Ticket, needs: "operator", own: true, texts: ["guests.", "access.", "role."], Content: GuestsSection },
  { id: "certificate", title: "certificate.title", icon: ShieldCheck, needs: "admin", texts: ["certificate.", "trust.", "action.checkAgain"], Content: CertificateSection },
  { id: "audit", title: "audit.title", icon: ScrollText, needs: "admin", texts: ["audit."], Content: AuditSection },
  { id: "wake", title: "wake.title", icon: Zap, needs: "operator", texts: ["wake."], Content: WakeSection },
  { id: "diagnostics", title: "diagnostics.title", icon: Activity, needs: "operator", texts: ["diagnostics.", "health.", "log.", "support.", "access.copy"], Content: DiagnosticsSection },
  { id: "power", title: "power.title", icon: Power, needs: "admin", texts: ["power."], Content: PowerSection },
  { id: "about", title: "about.title", icon: Info, needs: "viewer", texts: ["about.", "reset."], Content: AboutSection },
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
      <Sections sections={sections} open={open} />
      {/* It scrolls, so the keys must be able to reach it. */}
      <section ref={content} class="section" tabIndex={0} aria-labelledby="section-title" data-testid={`settings-${open.id}`}>
        <h3 id="section-title">{t(open.title)}</h3>
        <open.Content />
      </section>
    </Modal>
  );
}

/** The list, and what finds in it. Enter opens the first that is found. Where there is no room it is folded away. */
function Sections({ sections, open }: { readonly sections: readonly Section[]; readonly open: Section }) {
  const query = useSignal("");
  const unfolded = useSignal(false);
  const found = find(query.value, sections.map((section) => ({ ...section, text: `${t(section.title)} ${textsUnder(section.texts)}` })));
  return (
    <nav class={unfolded.value ? "sections unfolded" : "sections"} aria-label={t("settings.sections")}>
      <button
        type="button"
        class="sections-fold"
        aria-expanded={unfolded.value}
        aria-label={t("settings.sections.open", { section: t(open.title) })}
        data-testid="settings-sections"
        onClick={() => (unfolded.value = !unfolded.peek())}
      >
        <Icon of={open.icon} />
        <span>{t(open.title)}</span>
        <Icon of={ChevronDown} />
      </button>
      <input
        type="search"
        class="search"
        aria-label={t("settings.find")}
        placeholder={t("settings.find")}
        autocomplete="off"
        spellcheck={false}
        data-testid="settings-find"
        value={query.value}
        onInput={(event) => (query.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !found[0]) return;
          location.hash = addressOf(found[0].id);
          unfolded.value = false;
        }}
      />
      {found.map(({ id, title, icon }) => (
        <a
          key={id}
          class="section-link"
          href={linkTo(id)}
          aria-current={id === open.id ? "page" : undefined}
          // Where the keys are when Settings opens.
          autofocus={id === open.id}
          onClick={() => (unfolded.value = false)}
          data-testid={`settings-to-${id}`}
        >
          <Icon of={icon} />
          <span>{t(title)}</span>
        </a>
      ))}
      {found.length === 0 && <p class="section-note">{t("settings.none")}</p>}
    </nav>
  );
}
