// Network and time: how things are, what can be changed, and the change that is on trial.

import { useEffect } from "preact/hooks";
import type { Network } from "../../api/network.ts";
import { number, t } from "../../i18n/index.ts";
import { type Fact, Facts } from "../../parts/facts.tsx";
import { networkPage } from "../../settings/live.ts";
import { takeKeep } from "../../settings/place.ts";
import { NetworkForm } from "./network-form.tsx";
import { Trial } from "./trial.tsx";
import { duration } from "./units.ts";

export function NetworkSection() {
  useEffect(() => {
    networkPage.show(takeKeep());
    return () => networkPage.hide();
  }, []);
  const network = networkPage.network.value;
  const change = networkPage.change.value;
  // The trial says more about the silence, and what was so at the old address is past.
  const gone = change.is === "trying" && change.contact === "gone";
  const silent = networkPage.silent.value && !gone;
  return (
    <>
      <p class="lead">{t("network.lead")}</p>
      <Trial page={networkPage} />
      <p class="section-note warns" role="status" data-testid="network-silent">
        {silent ? t("network.silent") : ""}
      </p>
      {network && !gone && (
        <>
          <section class="block" aria-labelledby="network-now">
            <h4 id="network-now">{t("network.now")}</h4>
            <Facts facts={factsOf(network)} />
          </section>
          <NetworkForm page={networkPage} managed={network.managed} />
        </>
      )}
      {!network && !silent && <p class="section-note">{t("network.loading")}</p>}
    </>
  );
}

function factsOf({ settings, status, time, pending }: Network): Fact[] {
  const wanted = `${settings.name.toLowerCase()}.local`;
  const taken = status.mdns !== null && !pending && status.mdns.toLowerCase() !== wanted;
  const some = (values: readonly string[]) => (values.length > 0 ? values : t("network.none"));
  const link = status.link === null ? t("network.link.none") : t(status.up ? "network.link.up" : "network.link.down", { link: status.link });
  return [
    { name: t("network.link"), value: link, testId: "network-link", warns: !status.up },
    { name: t("network.addresses"), value: some(status.addresses), testId: "network-addresses" },
    { name: t("network.source"), value: sourceOf(status), testId: "network-source", warns: status.source === "link_local" },
    { name: t("network.router"), value: status.router ?? t("network.none") },
    { name: t("network.dns"), value: some(status.dns) },
    {
      name: t("network.mdns"),
      value: taken ? t("network.mdns.taken", { name: status.mdns!, wanted }) : (status.mdns ?? t("network.none")),
      testId: "network-mdns",
      warns: taken,
    },
    { name: t("network.mac"), value: status.mac ?? t("network.none") },
    { name: t("network.clock"), value: clockOf(time), testId: "network-clock", warns: !time.synchronized },
  ];
}

function sourceOf({ source, lease_ends_in_s: seconds }: Network["status"]): string {
  return source === "dhcp" && seconds !== null ? t("network.source.lease", { time: duration(seconds) }) : t(`network.source.${source}`);
}

function clockOf({ synchronized, server, offset_ms: offset }: Network["time"]): string {
  if (!synchronized) return t("network.clock.unset");
  if (server === null) return t("network.clock.set");
  return offset === null ? t("network.clock.server", { server }) : t("network.clock.offset", { server, ms: number(Math.abs(offset), 1) });
}
