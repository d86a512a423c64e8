// The stream's figures over the last minute, as small plots. Opens from the status strip.

import { X } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { lines, scaleTop, type Second } from "../console/series.ts";
import type { Session } from "../console/session.ts";
import { type Key, number, t } from "../i18n/index.ts";
import type { Coded } from "../protocol/video.ts";
import { Icon } from "./icon.tsx";

type Values = readonly (number | null)[];

export function StatsPanel({ session }: { readonly session: Session }) {
  const series = session.series.value;
  const latest = series.at(-1);
  const of = (pick: (second: Second) => number | null): Values => series.map(pick);
  const latencyMs = latest?.latencyMs ?? null;
  return (
    <aside class="stats" aria-label={t("stats.title")} data-testid="stats">
      <header class="stats-head">
        <h2>{t("stats.title")}</h2>
        <button
          type="button"
          class="bar-button icon-only"
          aria-label={t("action.close")}
          data-testid="stats-close"
          onClick={() => {
            session.statsOpen.value = false;
            session.focusPicture();
          }}
        >
          <Icon of={X} />
        </button>
      </header>
      <Plot name={t("stats.latency")} value={latencyMs === null ? t("stats.none") : t("strip.latency", { ms: number(latencyMs, 1) })} values={of((second) => second.latencyMs)} least={50} />
      <Plot name={t("stats.fps")} value={number(latest?.fps ?? 0, 1)} values={of((second) => second.fps)} least={10} />
      <Plot name={t("stats.rate")} value={t("strip.rate", { rate: number(latest?.kbitPerSecond ?? 0) })} values={of((second) => second.kbitPerSecond)} least={1000} />
      <Plot name={t("stats.drops")} value={t("stats.drops.value", { count: number(latest?.drops ?? 0) })} values={of((second) => second.drops)} least={5} />
      <Counters session={session} />
    </aside>
  );
}

function Counters({ session }: { readonly session: Session }) {
  const stats = session.feed.stats.value;
  const roundTripMs = session.control.roundTripMs.value;
  const rows: [string, string][] = [
    [t("stats.roundTrip"), roundTripMs === null ? t("stats.none") : t("strip.latency", { ms: number(roundTripMs, 1) })],
    [t("stats.codec"), t(codedAs(session.feed.coded.value))],
    [t("stats.source"), session.feed.signal.value?.mode?.source.toUpperCase() || t("stats.none")],
    [t("stats.captured"), stats ? number(stats.captured) : t("stats.none")],
    [t("stats.damaged"), stats ? number(stats.damaged) : t("stats.none")],
  ];
  return (
    <dl class="counters">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface PlotProps {
  readonly name: string;
  readonly value: string;
  readonly values: Values;
  /** The scale never shows less than this. */
  readonly least: number;
}

function Plot({ name, value, values, least }: PlotProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => draw(canvas.current!, values, least));
  return (
    <figure class="plot">
      <figcaption>
        <span>{name}</span>
        <strong>{value}</strong>
      </figcaption>
      <canvas ref={canvas} role="img" aria-label={t("stats.plot", { name, value })} />
    </figure>
  );
}

function draw(canvas: HTMLCanvasElement, values: Values, least: number): void {
  const scale = devicePixelRatio;
  const width = (canvas.width = canvas.clientWidth * scale);
  const height = (canvas.height = canvas.clientHeight * scale);
  const context = canvas.getContext("2d");
  if (!context || width === 0) return;
  const accent = getComputedStyle(canvas).color;
  context.lineWidth = 1.5 * scale;
  context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = accent;
  const top = scaleTop(values, least);
  const margin = context.lineWidth;
  for (const run of lines(values, top)) {
    const points = run.map(({ x, y }) => [x * (width - margin), height - margin - y * (height - 2 * margin)] as const);
    if (points.length === 1) points.unshift([points[0]![0] - scale, points[0]![1]]);
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.stroke();
    context.lineTo(points.at(-1)![0], height);
    context.lineTo(points[0]![0], height);
    context.globalAlpha = 0.14;
    context.fill();
    context.globalAlpha = 1;
  }
}

const NOT_H264: Readonly<Record<string, Key>> = {
  no_encoder: "coded.no_encoder",
  refused: "coded.refused",
  browser: "coded.browser",
};

function codedAs(coded: Coded | null): Key {
  if (!coded) return "coded.jpeg";
  return coded.why === null ? `coded.${coded.codec}` : (NOT_H264[coded.why] ?? "coded.failed");
}
