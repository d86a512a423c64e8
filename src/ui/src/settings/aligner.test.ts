import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import type { Alignment, RuntimeSettings } from "../api/settings.ts";
import { FITS } from "../input/alignment.ts";
import { Aligner } from "./aligner.ts";
import { RuntimePage } from "./runtime.ts";

const BEFORE: Alignment = { ...FITS, scale_x: 900 };
let kept: Alignment;
let refuses: boolean;
let aligner: Aligner;

beforeEach(async () => {
  kept = BEFORE;
  refuses = false;
  const answer = () => ({ mouse: kept }) as RuntimeSettings;
  const page = new RuntimePage({
    get: async () => answer(),
    change: async ({ mouse }) => {
      if (refuses) throw new ApiError(422, "invalid", "no", 0);
      kept = { ...kept, ...(mouse as Partial<Alignment>) };
      return answer();
    },
  });
  aligner = new Aligner(page);
  await aligner.begin();
});

test("moving a slider shows, letting go of it keeps", async () => {
  aligner.edit({ offset_x: 10 });
  expect(aligner.draft.value).toEqual({ ...BEFORE, offset_x: 10 });
  expect(kept).toEqual(BEFORE);
  await aligner.keep();
  expect(kept).toEqual({ ...BEFORE, offset_x: 10 });
});

test("undo leads back to how it was, whatever was kept since", async () => {
  aligner.edit({ scale_y: 700 });
  await aligner.keep();
  expect(aligner.changed.value).toBe(true);
  await aligner.fit();
  expect([kept, aligner.fits.value]).toEqual([FITS, true]);
  await aligner.undo();
  expect([kept, aligner.changed.value]).toEqual([BEFORE, false]);
});

test("what the appliance refuses is not shown as if it were so", async () => {
  refuses = true;
  aligner.edit({ scale_x: 501 });
  await aligner.keep();
  expect(aligner.draft.value).toEqual(BEFORE);
});
