// About: which version this is, where it runs from, and what it is made of.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { own } from "../../access/own.ts";
import { type About, about, type Component, type Status } from "../../api/appliance.ts";
import { device, isAdmin, TRUST } from "../../device.ts";
import { find } from "../../find.ts";
import { t, tCount } from "../../i18n/index.ts";
import { allNotices, appliance, askForNotices } from "../../notices/watch.ts";
import { type Fact, Facts } from "../../parts/facts.tsx";
import { Icon } from "../../parts/icon.tsx";
import { iconOf } from "../../parts/notices.tsx";
import { FactoryReset } from "./factory-reset.tsx";
import { bytes, duration } from "./units.ts";

const LICENCE = "MIT OR Apache-2.0";

export function AboutSection() {
  const made = useSignal<About | "failed" | null>(null);
  useEffect(() => {
    about().then((answer) => (made.value = answer), () => (made.value = "failed"));
    void askForNotices();
  }, []);
  return (
    <>
      <Told />
      <section class="block">
        <Facts facts={factsOf(made.value, appliance.value)} />
        <p>
          <a class="section-link-out" href={TRUST} data-testid="about-trust">
            {t("about.trust")}
          </a>
        </p>
      </section>
      <Privacy />
      <section class="block" aria-labelledby="about-components">
        <h4 id="about-components">{t("about.components")}</h4>
        {made.value === "failed" && <p class="section-note warns">{t("about.failed")}</p>}
        {made.value !== null && made.value !== "failed" && <Components components={made.value.components} />}
      </section>
      {isAdmin.value && own.value?.kind === "password" && <FactoryReset />}
    </>
  );
}

/** What leaves the appliance, what stays on it, what stays here. */
const PRIVACY = ["nobody", "asks", "passes", "keeps", "browser"] as const;

function Privacy() {
  return (
    <section class="block" aria-labelledby="about-privacy" data-testid="about-privacy">
      <h4 id="about-privacy">{t("about.privacy")}</h4>
      {PRIVACY.map((part) => (
        <p key={part} class="section-note">
          {t(`about.privacy.${part}`)}
        </p>
      ))}
    </section>
  );
}

/** What there is to know about how it came up, also what was put away on the console. */
function Told() {
  if (allNotices.value.length === 0) return null;
  return (
    <ul class="told" data-testid="about-notices">
      {allNotices.value.map((notice) => (
        <li key={notice.id} class={notice.tone}>
          <Icon of={iconOf(notice)} />
          <span>{t(notice.text, notice.values)}</span>
        </li>
      ))}
    </ul>
  );
}

function factsOf(made: About | "failed" | null, now: Status | null): Fact[] {
  const version = (made !== "failed" && made?.version) || now?.system?.version || device.value?.version || "";
  const facts: Fact[] = [{ name: t("about.version"), value: version, testId: "about-version" }];
  if (made !== null && made !== "failed" && made.build) facts.push({ name: t("about.build"), value: made.build });
  const system = now?.system;
  if (system) {
    const { trial, data } = system;
    const slot = system.slot?.toUpperCase();
    if (slot) facts.push({ name: t("about.slot"), value: trial ? t("about.slot.trial", { slot }) : slot, testId: "about-slot" });
    // Elsewhere than on its own card it has only a folder.
    const name = slot ? t("about.partition") : t("about.folder");
    facts.push({ name, value: dataText(data), testId: "about-data", warns: data.state === "memory" });
  }
  if (now) facts.push({ name: t("about.uptime"), value: duration(now.uptime) });
  facts.push({ name: t("about.licence"), value: LICENCE });
  return facts;
}

function dataText({ state, size, free }: NonNullable<Status["system"]>["data"]): string {
  const words = t(`about.data.${state}`);
  return size > 0 ? t("about.data.free", { state: words, size: bytes(size), free: bytes(free) }) : words;
}

function Components({ components }: { readonly components: readonly Component[] }) {
  const query = useSignal("");
  if (components.length === 0) return <p class="section-note">{t("about.components.none")}</p>;
  const found = find(query.value, components.map((each) => ({ ...each, text: `${each.name} ${each.licence} ${t(`about.kind.${each.kind}`)}` })));
  return (
    <>
      <p class="section-note">{t("about.components.text")}</p>
      <input
        type="search"
        class="search"
        aria-label={t("about.filter")}
        placeholder={t("about.filter")}
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        data-testid="about-filter"
        onInput={(event) => (query.value = event.currentTarget.value)}
      />
      <p class="section-note" role="status" data-testid="about-count">
        {found.length > 0 ? tCount("about.count", found.length) : t("about.empty")}
      </p>
      <ul class="components">
        {found.map(({ name, version, licence, kind }) => (
          <li key={`${kind} ${name} ${version}`} data-testid="about-component">
            <span class="component-name">
              {name} <small>{version}</small>
            </span>
            <span class="component-kind">{t(`about.kind.${kind}`)}</span>
            <span class="component-licence">{licence}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
