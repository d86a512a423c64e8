import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import type { RuntimeSettings } from "../api/settings.ts";
import { RuntimePage } from "./runtime.ts";
import { nameOf, parse, type Size, SizeTrial, TRIAL_S } from "./size.ts";

const OWN: Size = { width: 0, height: 0 };
let video: Size;
let refuses: boolean;
let tick: (() => void) | null;
let trial: SizeTrial;

beforeEach(() => {
  video = OWN;
  refuses = false;
  tick = null;
  const page = new RuntimePage({
    get: async () => ({ video }) as RuntimeSettings,
    change: async (change) => {
      if (refuses) throw new ApiError(422, "invalid", "no", 0);
      video = { ...video, ...(change.video as Partial<Size>) };
      return { video } as RuntimeSettings;
    },
  });
  trial = new SizeTrial(page, (callback) => {
    tick = callback;
    return () => (tick = null);
  });
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("a size that nobody keeps is undone when the time is over", async () => {
  await trial.begin(OWN, "800x600");
  expect([video, trial.left.value]).toEqual([{ width: 800, height: 600 }, TRIAL_S]);
  for (let second = 0; second < TRIAL_S; second += 1) tick!();
  await settled();
  expect([video, trial.left.value, tick]).toEqual([OWN, null, null]);
});

test("one that is kept stays", async () => {
  await trial.begin(OWN, "800x600");
  trial.keep();
  expect([video, trial.left.value, tick]).toEqual([{ width: 800, height: 600 }, null, null]);
});

test("a second one on trial leads back to before the first", async () => {
  await trial.begin(OWN, "800x600");
  await trial.begin(video, "640x480");
  await trial.undo();
  expect(video).toEqual(OWN);
});

test("a refused one is not on trial", async () => {
  refuses = true;
  await trial.begin(OWN, "800x600");
  expect(trial.left.value).toBeNull();
});

test("a size is its name", () => {
  expect(parse(nameOf({ width: 1920, height: 1080 }))).toEqual({ width: 1920, height: 1080 });
  for (const name of ["", "x", "800", "800x", "-1x5"]) expect(parse(name)).toBeNull();
});
