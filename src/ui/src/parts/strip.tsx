// The status strip below the picture: what is. One line, no decoration; its figures open the stats panel.

import { Activity, MousePointer2, Usb, Users } from "lucide-preact";
import type { Session } from "../console/session.ts";
import { mayControl } from "../device.ts";
import { number, t, tCount } from "../i18n/index.ts";
import type { Leds } from "../protocol/control.ts";
import { Icon } from "./icon.tsx";

interface Props {
  readonly session: Session;
}

export function Strip({ session }: Props) {
  return (
    <footer class="strip" data-testid="strip" aria-label={t("strip.label")}>
      <StreamFigures session={session} />
      {/* A button: what is beyond the gap moves when a press takes the focus from the picture. */}
      {mayControl.value && <Jiggler session={session} />}
      <span class="strip-gap" />
      <LockLeds leds={session.control.leds.value} />
      {mayControl.value && <UsbLink session={session} />}
      <Viewers session={session} />
      <LeaseState session={session} />
    </footer>
  );
}

function StreamFigures({ session }: Props) {
  const signal = session.feed.signal.value;
  const second = session.series.value.at(-1);
  const latencyMs = second?.latencyMs ?? null;
  return (
    <button
      type="button"
      class="strip-figures"
      aria-expanded={session.statsOpen.value}
      title={t("strip.open")}
      data-testid="strip-figures"
      onClick={() => (session.statsOpen.value = !session.statsOpen.value)}
    >
      <Icon of={Activity} />
      <span data-testid="strip-mode">{signal?.mode ? <Mode {...signal.mode} /> : t("strip.noMode")}</span>
      {signal?.mode && second && (
        <>
          <span class="figure wide-only" data-testid="strip-fps">
            {t("strip.fps", { fps: number(second.fps) })}
          </span>
          <span class="figure wide-only mid-hidden" data-testid="strip-rate">
            {t("strip.rate", { rate: number(second.kbitPerSecond) })}
          </span>
          <span class="figure wide-only" data-testid="strip-latency" title={t("strip.latency.title")}>
            {latencyMs === null ? t("stats.none") : t("strip.latency", { ms: number(latencyMs) })}
          </span>
        </>
      )}
    </button>
  );
}

function Mode({ width, height, fps }: { readonly width: number; readonly height: number; readonly fps: number }) {
  return (
    <>
      {/* Pixels are told as a name: without marks between thousands. */}
      {t("strip.mode", { width: `${width}`, height: `${height}` })}
      {fps > 0 && <span class="wide-only">{t("strip.mode.fps", { fps: number(fps, 2) })}</span>}
    </>
  );
}

function LockLeds({ leds }: { readonly leds: Leds | null }) {
  if (!leds) return null;
  return (
    <ul class="leds" data-testid="strip-leds">
      {(["num", "caps", "scroll"] as const).map((led) => {
        const name = t(`strip.led.${led}`);
        const state = leds[led] ? t("strip.led.on", { name }) : t("strip.led.off", { name });
        return (
          <li key={led} class={leds[led] ? "led on" : "led"} title={state} data-testid={`led-${led}`} data-on={leds[led]}>
            <span class="wide-only" aria-hidden="true">
              {name}
            </span>
            <span class="narrow-only" aria-hidden="true">
              {[...name][0]}
            </span>
            <span class="unseen">{state}</span>
          </li>
        );
      })}
    </ul>
  );
}

function UsbLink({ session }: Props) {
  const usb = session.control.usb.value ?? "unknown";
  return (
    <span class={`strip-item usb ${usb}`} data-testid="strip-usb" data-state={usb} title={t(`strip.usb.${usb}`)}>
      <Icon of={Usb} />
      <span class="wide-only mid-hidden">{t(`strip.usb.${usb}`)}</span>
    </span>
  );
}

/** Shown as long as the device may move the mouse by itself. */
function Jiggler({ session }: Props) {
  const state = session.control.jiggler.value;
  if (state === "off") return null;
  return (
    <button
      type="button"
      class="strip-figures strip-jiggler"
      title={t(`strip.jiggler.${state}`)}
      data-testid="strip-jiggler"
      data-state={state}
      onClick={() => session.openSettings("input")}
    >
      <Icon of={MousePointer2} />
      <span class="unseen">{t(`strip.jiggler.${state}`)}</span>
      <span class="wide-only mid-hidden" aria-hidden="true">
        {t(`strip.jiggler.${state}`)}
      </span>
    </button>
  );
}

function Viewers({ session }: Props) {
  const count = session.control.viewers.value;
  if (count === null) return null;
  return (
    <span class="strip-item" data-testid="strip-viewers" data-count={count} title={tCount("strip.viewers", count)}>
      <Icon of={Users} />
      <span aria-hidden="true">{number(count)}</span>
      <span class="unseen">{tCount("strip.viewers", count)}</span>
    </span>
  );
}

function LeaseState({ session }: Props) {
  if (!mayControl.value) {
    return (
      <span class="lease" title={t("state.viewer")} data-testid="strip-lease" data-lease="viewer">
        {t("lease.viewOnly")}
      </span>
    );
  }
  const lease = session.control.lease.value;
  if (!lease) return null;
  if (lease.you) {
    return (
      <span class={session.focused.value ? "lease you" : "lease you away"} data-testid="strip-lease" data-lease="you">
        <span class={session.focused.value ? undefined : "narrow-only"}>{t("lease.you")}</span>
        {!session.focused.value && <span class="wide-only">{t("lease.you.away")}</span>}
      </span>
    );
  }
  return (
    <span class="lease" data-testid="strip-lease" data-lease="watching">
      <span>{t("lease.viewOnly")}</span>
      <button type="button" class="strip-button wide-only" data-testid="strip-take-control" onClick={() => session.perform("takeControl")}>
        {t("lease.take")}
      </button>
    </span>
  );
}
