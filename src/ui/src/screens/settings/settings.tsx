// Settings: a list of sections and the one that is open. A lazy chunk; a new section is one line of `SECTIONS`.

import "../../style/settings.css";
import { Info, type LucideProps, Network, PackageCheck } from "lucide-preact";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import texts from "../../i18n/en.settings.json";
import updateTexts from "../../i18n/en.update.json";
import { type Key, learn, t } from "../../i18n/index.ts";
import { Icon } from "../../parts/icon.tsx";
import { Modal } from "../../parts/modal.tsx";
import { addressOf, closeSettings, place, type SectionId } from "../../settings/place.ts";
import { AboutSection } from "./about.tsx";
import { NetworkSection } from "./network.tsx";
import { UpdateSection } from "./update.tsx";

learn(texts);
learn(updateTexts);

interface Section {
  readonly id: SectionId;
  readonly title: Key;
  readonly icon: ComponentType<LucideProps>;
  readonly Content: ComponentType;
}

const SECTIONS: readonly Section[] = [
  { id: "network", title: "network.title", icon: Network, Content: NetworkSection },
  { id: "update", title: "update.title", icon: PackageCheck, Content: UpdateSection },
  { id: "about", title: "about.title", icon: Info, Content: AboutSection },
];

export function Settings() {
  const open = SECTIONS.find(({ id }) => id === place.value?.section) ?? SECTIONS[0]!;
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => content.current!.scrollTo(0, 0), [open]);
  return (
    <Modal title={t("settings.title")} testId="settings" look="settings" onClose={closeSettings}>
      <nav class="sections" aria-label={t("settings.sections")}>
        {SECTIONS.map(({ id, title, icon }) => (
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
