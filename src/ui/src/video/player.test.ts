import { beforeEach, expect, test } from "vitest";
import type { Frame } from "../protocol/video.ts";
import { ClockOffset } from "./clock.ts";
import { median, type Picture, Player } from "./player.ts";

/** Decoding ends when the test says so. */
class Bench {
  nowUs = 0;
  painted: number[] = [];
  acknowledged: number[] = [];
  undecodable: number[] = [];
  closed = 0;
  readonly clock = new ClockOffset();
  readonly #decodings: { id: number; done: (picture: Picture) => void; fail: (error: Error) => void }[] = [];
  readonly player = new Player(
    {
      decode: (frame) => new Promise((done, fail) => this.#decodings.push({ id: frame.id, done, fail })),
      paint: (picture) => this.painted.push(picture.width),
      acknowledge: (id) => this.acknowledged.push(id),
      undecodable: (frame) => this.undecodable.push(frame.id),
      whenShown: (callback) => callback(),
      nowUs: () => this.nowUs,
    },
    this.clock,
  );

  frame(id: number, overrides: Partial<Frame> = {}): void {
    this.player.take({
      type: "frame", codec: 1, standsAlone: true, id, capturedUs: 0, sentUs: 0, width: 1, height: 1,
      payload: new Uint8Array(1000), ...overrides,
    });
  }

  get decoding(): number[] {
    return this.#decodings.map(({ id }) => id);
  }

  async decoded(): Promise<void> {
    const decoding = this.#decodings.shift()!;
    decoding.done({ width: decoding.id, height: 0, close: () => (this.closed += 1) });
    await settled();
  }

  async failed(): Promise<void> {
    this.#decodings.shift()!.fail(new Error("not a JPEG"));
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

test("a frame is acknowledged after it is painted, not before", async () => {
  bench.frame(7);
  expect(bench.acknowledged).toEqual([]);
  await bench.decoded();
  expect(bench.painted).toEqual([7]);
  expect(bench.acknowledged).toEqual([7]);
});

test("a painted picture's memory is given back", async () => {
  bench.frame(7);
  await bench.decoded();
  expect(bench.closed).toBe(1);
});

test("only one frame is decoded at a time, and the newest comes next", async () => {
  for (const id of [1, 2, 3, 4]) bench.frame(id);
  expect(bench.decoding).toEqual([1]);
  expect(bench.acknowledged).toEqual([2, 3]);
  await bench.decoded();
  expect(bench.decoding).toEqual([4]);
  await bench.decoded();
  expect(bench.painted).toEqual([1, 4]);
  expect(bench.acknowledged).toEqual([2, 3, 1, 4]);
  expect(bench.player.measure().skipped).toBe(2);
});

test("a frame that cannot be decoded is acknowledged and counted, and the next one plays", async () => {
  bench.frame(1);
  await bench.failed();
  bench.frame(2);
  await bench.decoded();
  expect(bench.acknowledged).toEqual([1, 2]);
  expect(bench.painted).toEqual([2]);
  expect(bench.player.measure().undecodable).toBe(1);
});

test("a codec that this page does not know is acknowledged, never decoded", () => {
  bench.frame(1, { codec: 9 });
  expect(bench.decoding).toEqual([]);
  expect(bench.acknowledged).toEqual([1]);
});

test("a frame of a lost connection is not acknowledged on the next one", async () => {
  bench.frame(1);
  bench.frame(2);
  bench.player.disconnected();
  await bench.decoded();
  expect(bench.acknowledged).toEqual([]);
  expect(bench.decoding).toEqual([]);
});

test("figures are those since the last measurement", async () => {
  bench.clock.answer(bench.clock.ask(0), 0, 0);
  for (const latencyMs of [30, 10, 20]) {
    bench.nowUs += 100_000;
    bench.frame(1, { capturedUs: bench.nowUs - latencyMs * 1000 });
    await bench.decoded();
  }
  bench.nowUs = 1_500_000;
  expect(bench.player.measure()).toEqual({ fps: 2, kbitPerSecond: 16, latencyMs: 20, skipped: 0, undecodable: 0 });
  bench.nowUs = 2_500_000;
  expect(bench.player.measure()).toEqual({ fps: 0, kbitPerSecond: 0, latencyMs: null, skipped: 0, undecodable: 0 });
});

test("latency is unknown until the clocks are compared", async () => {
  bench.frame(1);
  await bench.decoded();
  expect(bench.player.measure().latencyMs).toBeNull();
});

test.each([
  [[], null],
  [[5], 5],
  [[9, 1, 5], 5],
  [[100, 9, 10, 11], 11],
])("the median of %j is %j", (values, expected) => {
  expect(median(values)).toBe(expected);
});

test("of H.264 none is passed over, and all are painted in their order", async () => {
  for (const id of [1, 2, 3]) bench.frame(id, { codec: 2, standsAlone: id === 1 });
  for (let id = 1; id <= 3; id++) await bench.decoded();
  expect(bench.painted).toEqual([1, 2, 3]);
  expect(bench.acknowledged).toEqual([1, 2, 3]);
});

test("what cannot be decoded is told, as long as its connection lasts", async () => {
  bench.frame(1, { codec: 2 });
  await bench.failed();
  expect(bench.undecodable).toEqual([1]);
  bench.frame(2, { codec: 2 });
  bench.player.disconnected();
  await bench.failed();
  expect(bench.undecodable).toEqual([1]);
});
