import { describe, expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import type { Tried, UsbApi, UsbProfile, UsbView } from "../api/usb.ts";
import { DEFAULT, draftOf, endpointsOf, profileOf, ruleFor, toggled, UsbPage } from "./usb.ts";

function viewOf(profile: UsbProfile): UsbView {
  const functions = (["keyboard", "absolute", "relative", "controls"] as const).map((name) => ({ function: name, endpoints: 1 }));
  return { profile, shown: profile.functions, budget: { endpoints: 9, control: 1, functions } };
}

/** An appliance whose target finds a device when it is told so. */
function appliance() {
  let profile = DEFAULT;
  let answer: (tried: Tried | ApiError) => void = () => {};
  const asked: UsbProfile[] = [];
  const trial = () =>
    new Promise<Tried>((resolve, reject) => {
      answer = (tried) => (tried instanceof ApiError ? reject(tried) : resolve(tried));
    });
  const api: UsbApi = {
    get: async () => viewOf(profile),
    change: async (wanted) => {
      asked.push(wanted);
      const tried = await trial();
      profile = wanted;
      return tried;
    },
    alone: trial,
    rest: trial,
  };
  let tick = () => {};
  const page = new UsbPage(api, (callback) => {
    tick = callback;
    return () => (tick = () => {});
  });
  return { page, asked, tick: () => tick(), answer: (tried: Tried | ApiError) => answer(tried) };
}

const found: Tried = { trial: "found", shown: ["keyboard"] };

describe("the form", () => {
  test("a profile comes back from the form as it went in", () => {
    expect(profileOf(draftOf(DEFAULT))).toEqual(DEFAULT);
  });

  test.each([
    ["vendor_id", "1d6b", null],
    ["vendor_id", "1D6", null],
    ["vendor_id", "0000", "usb.id.vendor"],
    ["product_id", "0", null],
    ["product_id", "12345", "usb.id.rule"],
    ["product_id", "0x10", "usb.id.rule"],
    ["product_id", "", "usb.id.rule"],
    ["serial", "", null],
    ["product", "x".repeat(127), "usb.text.rule"],
  ] as const)("%s = %s: %s", (name, value, rule) => {
    expect(ruleFor(name, value)).toBe(rule);
  });

  test("functions stay in the appliance's order", () => {
    expect(toggled(["keyboard", "controls"], "absolute", true)).toEqual(["keyboard", "absolute", "controls"]);
    expect(toggled(["keyboard", "absolute"], "absolute", false)).toEqual(["keyboard"]);
  });

  test("endpoints are counted for what is offered", () => {
    expect(endpointsOf(["keyboard", "relative"], viewOf(DEFAULT))).toBe(2);
  });
});

describe("a trial", () => {
  test("counts down, and what the target found is what the form shows", async () => {
    const { page, asked, tick, answer } = appliance();
    await page.look();
    page.edit({ keyboard_first: true });
    expect(page.changed.value).toBe(true);
    const applied = page.apply();
    tick();
    expect(page.trial.value).toEqual({ is: "on", left: 14 });
    answer(found);
    await applied;
    expect(asked).toEqual([{ ...DEFAULT, keyboard_first: true }]);
    expect(page.trial.value).toEqual({ is: "done", trial: "found" });
    expect(page.changed.value).toBe(false);
    expect(page.view.value?.profile.keyboard_first).toBe(true);
  });

  test("that the target refuses leaves the draft, to be mended", async () => {
    const { page, answer } = appliance();
    await page.look();
    page.edit({ functions: ["keyboard"] });
    const applied = page.apply();
    answer(new ApiError(409, "not_found_by_target", "not found", 0));
    await applied;
    expect(page.trial.value).toEqual({ is: "refused", code: "not_found_by_target", message: "not found" });
    expect(page.changed.value).toBe(true);
  });

  test("is not begun with a field that is wrong, nor beside another one", async () => {
    const { page, asked, answer } = appliance();
    await page.look();
    page.edit({ vendor_id: "xyz" });
    await page.apply();
    expect(asked).toEqual([]);
    page.edit({ vendor_id: "1d6c" });
    const applied = page.apply();
    await page.apply();
    answer(found);
    await applied;
    expect(asked.length).toBe(1);
  });

  test("of what is plugged in leaves a draft alone", async () => {
    const { page, answer } = appliance();
    await page.look();
    page.edit({ product: "x" });
    const alone = page.alone();
    answer(found);
    await alone;
    expect(page.trial.value).toEqual({ is: "done", trial: "found" });
    expect([page.changed.value, page.draft.value?.product]).toEqual([true, "x"]);
  });

  test("of an appliance that does not answer says so", async () => {
    const refuse = () => Promise.reject(new ApiError(0, "unreachable", "", 0));
    const page = new UsbPage({ get: refuse, change: refuse, alone: refuse, rest: refuse }, () => () => {});
    await page.look();
    expect([page.view.value, page.trouble.value?.key]).toEqual([null, "error.unreachable"]);
  });
});
