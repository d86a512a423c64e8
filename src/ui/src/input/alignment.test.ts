import { expect, test } from "vitest";
import { FITS, isSame, outlineOf } from "./alignment.ts";

const picture = { left: 100, top: 50, width: 1000, height: 500 };

test("a screen that fits is the picture", () => {
  expect(outlineOf(FITS, picture)).toEqual(picture);
});

test("a screen with borders lies inside, around its own middle", () => {
  expect(outlineOf({ ...FITS, scale_x: 900, scale_y: 800 }, picture)).toEqual({ left: 150, top: 100, width: 900, height: 400 });
  expect(outlineOf({ ...FITS, offset_x: 20, offset_y: -10 }, picture)).toEqual({ left: 120, top: 45, width: 1000, height: 500 });
});

test("a screen whose edges are cut off is larger than the picture", () => {
  expect(outlineOf({ ...FITS, scale_x: 1100 }, picture)).toMatchObject({ left: 50, width: 1100 });
});

test("two alignments are the same when all four numbers are", () => {
  expect(isSame(FITS, { ...FITS })).toBe(true);
  for (const name of ["offset_x", "offset_y", "scale_x", "scale_y"] as const) expect(isSame(FITS, { ...FITS, [name]: 999 })).toBe(false);
});
