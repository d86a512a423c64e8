// The last minute of the stream's figures, one value a second. Pure.

import type { Measurement } from "../video/player.ts";

export const SECONDS = 60;

export interface Second {
  readonly fps: number;
  readonly kbitPerSecond: number;
  readonly latencyMs: number | null;
  readonly drops: number;
}

/** What one second was like; `droppedBefore` and `dropped` are the appliance's counter at its two ends. */
export function secondOf(measurement: Measurement, droppedBefore: number | null, dropped: number | null): Second {
  const onTheWay = droppedBefore === null || dropped === null ? 0 : Math.max(0, dropped - droppedBefore);
  return {
    fps: measurement.fps,
    kbitPerSecond: measurement.kbitPerSecond,
    latencyMs: measurement.latencyMs,
    drops: onTheWay + measurement.skipped + measurement.undecodable,
  };
}

export function append(series: readonly Second[], second: Second): readonly Second[] {
  return [...series, second].slice(-SECONDS);
}

export interface PlotPoint {
  /** 0 = a minute ago, 1 = now */
  readonly x: number;
  /** 0 = nothing, 1 = the scale's top */
  readonly y: number;
}

/** Unbroken runs of a figure; a second without a value breaks the line. */
export function lines(values: readonly (number | null)[], top: number): PlotPoint[][] {
  const runs: PlotPoint[][] = [[]];
  values.forEach((value, index) => {
    const x = 1 - (values.length - 1 - index) / (SECONDS - 1);
    if (value !== null) runs.at(-1)!.push({ x, y: Math.min(1, value / top) });
    else if (runs.at(-1)!.length > 0) runs.push([]);
  });
  return runs.filter((run) => run.length > 0);
}

/** The least of 1, 2, 5, 10, 20, 50… that holds every value, so that the scale does not twitch. */
export function scaleTop(values: readonly (number | null)[], least: number): number {
  const most = Math.max(least, ...values.map((value) => value ?? 0));
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= most) ?? most;
}
