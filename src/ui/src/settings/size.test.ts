import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import type { PictureSize } from "../api/size.ts";
import { nameOf, parse, SizePage } from "./size.ts";

const OWN: PictureSize = { width: 0, height: 0, trial: null };
const SECONDS = 15;
let appliance: PictureSize;
let trouble: ApiError | null;
let tick: (() => void) | null;
let page: SizePage;

const answered = async <T>(value: T): Promise<T> => {
  if (trouble) throw trouble;
  return value;
};

beforeEach(() => {
  [appliance, trouble, tick] = [OWN, null, null];
  page = new SizePage(
    {
      get: () => answered(appliance),
      change: ({ width, height }) => {
        if (!trouble) appliance = { ...appliance, trial: { width, height, confirm_within_s: SECONDS } };
        return answered(appliance);
      },
      keep: () => {
        if (!appliance.trial) trouble = new ApiError(409, "not_pending", "none", 0);
        appliance = { ...appliance, ...appliance.trial, trial: null };
        return answered(undefined);
      },
      undo: async () => void (appliance = { ...appliance, trial: null }),
    },
    (callback) => {
      tick = callback;
      return () => (tick = null);
    },
  );
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("when the time is over, the appliance is asked what became of it", async () => {
  await page.choose("800x600");
  expect([page.left.value, page.current.value?.trial?.width]).toEqual([SECONDS, 800]);
  for (let second = 1; second < SECONDS; second += 1) tick!();
  appliance = OWN;
  tick!();
  await settled();
  expect([page.current.value, page.left.value, tick]).toEqual([OWN, null, null]);
});

test("an appliance that does not answer then is asked every second, and nothing else is claimed", async () => {
  await page.choose("800x600");
  trouble = new ApiError(0, "unreachable", "", 0);
  for (let second = 0; second < SECONDS + 2; second += 1) tick!();
  await settled();
  expect([page.left.value, page.refusal.value]).toEqual([0, { message: "" }]);
  [appliance, trouble] = [OWN, null];
  tick!();
  await settled();
  expect([page.current.value, page.left.value, page.refusal.value]).toEqual([OWN, null, null]);
});

test("one that is kept stays, and one that another page has begun is counted down too", async () => {
  appliance = { ...OWN, trial: { width: 640, height: 480, confirm_within_s: 9 } };
  await page.look();
  expect(page.left.value).toBe(9);
  await page.keep();
  expect([page.current.value?.width, page.left.value, page.kept.value, tick]).toEqual([640, null, true, null]);
});

test("what is taken back is as it was", async () => {
  await page.choose("800x600");
  await page.undo();
  expect([page.current.value, page.left.value]).toEqual([OWN, null]);
});

test("a refused one is not on trial, and the refusal is the appliance's", async () => {
  trouble = new ApiError(422, "invalid", "no", 0);
  await page.choose("800x600");
  expect([page.left.value, page.refusal.value]).toEqual([null, { message: "no" }]);
});

test("a size is its name", () => {
  expect(parse(nameOf({ width: 1920, height: 1080 }))).toEqual({ width: 1920, height: 1080 });
  for (const name of ["", "x", "800", "800x", "-1x5"]) expect(parse(name)).toBeNull();
});
