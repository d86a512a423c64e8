// The release channel: what it offers, and how the appliance uses it.

import type { Channel as ChannelState, Update } from "../../api/update.ts";
import { t, told } from "../../i18n/index.ts";
import { type Fact, Facts } from "../../parts/facts.tsx";
import type { UpdatePage } from "../../update/page.ts";
import { Notes } from "./update-panel.tsx";
import { RestartChoice } from "./update-sources.tsx";
import { bytes, date, moment } from "./units.ts";

interface Props {
  readonly page: UpdatePage;
  readonly update: Update;
  /** Nothing is going on, so something can be begun. */
  readonly idle: boolean;
}

export function Channel({ page, update, idle }: Props) {
  const { channel } = update;
  return (
    <section class="block" aria-labelledby="update-channel" data-testid="update-channel">
      <h4 id="update-channel">{t("update.channel")}</h4>
      {channel.url === null ? <p class="section-note">{t("update.channel.none")}</p> : <Known page={page} channel={channel} idle={idle} />}
    </section>
  );
}

function Known({ page, channel, idle }: { readonly page: UpdatePage; readonly channel: ChannelState; readonly idle: boolean }) {
  const checking = page.checking.value;
  return (
    <>
      <Latest page={page} channel={channel} idle={idle} />
      <p class="warns" role="status" data-testid="update-channel-error">
        {channel.error && t("update.channel.error", { message: told(channel.error) })}
      </p>
      <Facts facts={factsOf(channel)} />
      <p class="section-note">{t("update.channel.where")}</p>
      <div class="trial-actions">
        <button type="button" class="button" disabled={checking || !idle} data-testid="update-check" onClick={() => void page.check()}>
          {t(checking ? "update.channel.checking" : "update.channel.check")}
        </button>
      </div>
    </>
  );
}

function Latest({ page, channel, idle }: { readonly page: UpdatePage; readonly channel: ChannelState; readonly idle: boolean }) {
  const { latest } = channel;
  if (!latest) return null;
  const { version, notes, created, size, newer } = latest;
  if (!newer) return <p data-testid="update-latest">{t("update.channel.latest", { version })}</p>;
  return (
    <div class="chosen" data-testid="update-latest">
      <p class="chosen-name">{t("update.channel.newer", { version })}</p>
      <p class="section-note">{t("update.channel.facts", { date: date(created), size: bytes(size) })}</p>
      {notes && <Notes version={version} notes={notes} open />}
      {idle && <RestartChoice page={page} source="channel" />}
      <div class="trial-actions">
        <button
          type="button"
          class="button primary"
          disabled={!idle || page.ordering.value}
          data-testid="update-install-latest"
          onClick={() => void page.installLatest()}
        >
          {t("update.channel.install", { version })}
        </button>
      </div>
    </div>
  );
}

function factsOf({ url, check, auto, window, checked }: ChannelState): Fact[] {
  return [
    { name: t("update.channel.address"), value: url ?? "" },
    { name: t("update.channel.when"), value: t(`update.channel.${check}`) },
    { name: t("update.channel.auto"), value: auto ? t("update.channel.auto.yes", { window }) : t("update.channel.auto.no") },
    { name: t("update.channel.last"), value: checked === null ? t("update.channel.last.never") : moment(checked), testId: "update-checked" },
  ];
}
