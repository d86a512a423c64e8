// Frames → pictures: decodes the newest, paints it, acknowledges it, measures. Framework-free; decoding, painting and
// the clock are handed in, so that this file decides and its owner (`video/feed.ts`) acts.
//
//   frame ──► decoding? no ──► decode ──► paint ──► acknowledge ──► next waiting frame, if any
//                       yes ─► waits; an older one that waits and stands alone is dropped and acknowledged unseen

import type { Frame } from "../protocol/video.ts";
import { CODEC_H264, CODEC_JPEG } from "../protocol/video.ts";
import type { ClockOffset } from "./clock.ts";

/** A decoded picture; `ImageBitmap` is one. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  close(): void;
}

export interface PlayerEdges {
  decode(frame: Frame): Promise<Picture>;
  paint(picture: Picture): void;
  acknowledge(frameId: number): void;
  /** Nothing came out of this one. */
  undecodable(frame: Frame): void;
  /** Calls back when what was painted is on its way to the screen. */
  whenShown(callback: () => void): void;
  nowUs(): number;
}

/** What happened since the last measurement. */
export interface Measurement {
  readonly fps: number;
  readonly kbitPerSecond: number;
  /** Median from capture to paint; `null` when nothing was painted or the clocks are not compared yet. */
  readonly latencyMs: number | null;
  /** Frames that arrived but were never painted. */
  readonly skipped: number;
  readonly undecodable: number;
}

export class Player {
  #decoding = false;
  #waiting: Frame[] = [];
  #connection = 0;
  #painted = 0;
  #skipped = 0;
  #undecodable = 0;
  #bytes = 0;
  #latenciesUs: number[] = [];
  #measuredUs: number;

  constructor(
    private readonly edges: PlayerEdges,
    private readonly clock: ClockOffset,
  ) {
    this.#measuredUs = edges.nowUs();
  }

  take(frame: Frame): void {
    this.#bytes += frame.payload.byteLength;
    if (frame.codec !== CODEC_JPEG && frame.codec !== CODEC_H264) {
      this.#undecodable += 1;
      this.edges.acknowledge(frame.id);
      return;
    }
    if (this.#decoding) {
      // Of H.264 each refers to the one before it; the appliance sends a few at most.
      if (frame.codec === CODEC_JPEG) for (const older of this.#waiting.splice(0)) this.#skip(older);
      this.#waiting.push(frame);
      return;
    }
    void this.#show(frame);
  }

  /** The connection ended: frames of it are no longer acknowledged. */
  disconnected(): void {
    this.#connection += 1;
    this.#waiting = [];
  }

  /** Figures since the last call; call about once a second. */
  measure(): Measurement {
    const nowUs = this.edges.nowUs();
    const seconds = Math.max(0.001, (nowUs - this.#measuredUs) / 1e6);
    const latencyUs = median(this.#latenciesUs);
    const measurement = {
      fps: this.#painted / seconds,
      kbitPerSecond: (this.#bytes * 8) / 1000 / seconds,
      latencyMs: latencyUs === null ? null : latencyUs / 1000,
      skipped: this.#skipped,
      undecodable: this.#undecodable,
    };
    this.#painted = this.#skipped = this.#undecodable = this.#bytes = 0;
    this.#latenciesUs = [];
    this.#measuredUs = nowUs;
    return measurement;
  }

  async #show(frame: Frame): Promise<void> {
    const connection = this.#connection;
    this.#decoding = true;
    try {
      const picture = await this.edges.decode(frame);
      this.edges.paint(picture);
      picture.close();
      this.#painted += 1;
      this.edges.whenShown(() => this.#shown(frame));
    } catch {
      this.#undecodable += 1;
      if (connection === this.#connection) this.edges.undecodable(frame);
    }
    this.#decoding = false;
    if (connection === this.#connection) this.edges.acknowledge(frame.id);
    const next = this.#waiting.shift();
    if (next) await this.#show(next);
  }

  #shown(frame: Frame): void {
    const ageUs = this.clock.ageUs(frame.capturedUs, this.edges.nowUs());
    if (ageUs !== null) this.#latenciesUs.push(Math.max(0, ageUs));
  }

  #skip(frame: Frame): void {
    this.#skipped += 1;
    this.edges.acknowledge(frame.id);
  }
}

/** `null` for no values. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
