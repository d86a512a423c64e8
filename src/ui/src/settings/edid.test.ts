import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import type { EdidChange, EdidView } from "../api/edid.ts";
import { said } from "../i18n/format.ts";
import { choicesOf, EdidPage, modeOf, screenOf } from "./edid.ts";

const VIEW: EdidView = { device: "changeable", choice: "default", offers: ["1920x1080@60", "1280x720@60"], says: null, faults: [] };
let asked: EdidChange[];
let answer: () => EdidView;
let page: EdidPage;

beforeEach(() => {
  asked = [];
  answer = () => VIEW;
  page = new EdidPage({
    get: async () => VIEW,
    change: async (change) => {
      asked.push(change);
      return answer();
    },
  });
});

test("a choice is told, and it is said that it was", async () => {
  await page.look();
  expect(page.told.value).toBe(false);
  answer = () => ({ ...VIEW, choice: "1280x720@60" });
  await page.choose("1280x720@60");
  expect(asked).toEqual([{ choose: "1280x720@60" }]);
  expect([page.view.value?.choice, page.told.value, page.busy.value]).toEqual(["1280x720@60", true, false]);
});

test("what no device was told is not said to be told", async () => {
  answer = () => ({ ...VIEW, device: "no_device" });
  await page.choose("1280x720@60");
  expect(page.told.value).toBe(false);
});

test("a file goes as it is, and one that is no EDID comes back with the appliance's reasons", async () => {
  answer = () => {
    throw new ApiError(422, "edid", "this is not a valid EDID: It has 3 bytes.", 0);
  };
  await page.upload(new Blob([Uint8Array.of(0, 255, 1)]));
  expect(asked).toEqual([{ upload: "AP8B" }]);
  expect(page.trouble.value?.values).toEqual({ message: said("this is not a valid EDID: It has 3 bytes.") });
});

test("a file that is far too large is not sent", async () => {
  await page.upload(new Blob([new Uint8Array(4097)]));
  expect([asked, page.trouble.value?.key]).toEqual([[], "edid.file.large"]);
});

test("an uploaded file is a choice only while it is the one", () => {
  expect(choicesOf(VIEW)).toEqual(["default", "1920x1080@60", "1280x720@60"]);
  expect(choicesOf({ ...VIEW, choice: "upload" }).at(-1)).toBe("upload");
});

test("modes are named as people name them", () => {
  expect(modeOf("1920x1080@60")).toEqual({ size: "1920×1080", hz: "60" });
  expect(modeOf("upload")).toBeNull();
  expect(screenOf({ width: 1920, height: 1080, hz: 50, interlaced: true })).toEqual({ size: "1920×1080i", hz: 50 });
});
