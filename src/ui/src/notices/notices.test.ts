import { describe, expect, test } from "vitest";
import type { Preseed, System } from "../api/appliance.ts";
import type { Update } from "../api/update.ts";
import { said } from "../i18n/format.ts";
import { BACK, CHANNEL, CONFIRMED, QUIET } from "../update/fixtures.ts";
import { noticesOf, open, putAway, read, startOf } from "./notices.ts";

const fine: System = {
  version: "0.1.0",
  slot: "a",
  trial: false,
  rescue: false,
  factory_reset: false,
  data: { state: "kept", reason: "", size: 1, free: 1 },
};
const lost = { ...fine.data, state: "memory", reason: "the card has no data partition" } as const;
const remade = { ...fine.data, state: "remade", reason: "the file system was damaged." } as const;

function of(system: Partial<System>, preseed: Partial<Preseed> | null = null) {
  return noticesOf({
    uptime: 10,
    system: { ...fine, ...system },
    preseed: preseed && { applied: true, unknown: [], problems: [], ...preseed },
  });
}
const ids = (...facts: Parameters<typeof of>) => of(...facts).map(({ id }) => id);

describe("how the appliance came up", () => {
  test.each([
    ["as always", {}, []],
    ["for the first time", { data: { ...fine.data, state: "new" } }, []],
    ["without a card to keep things on", { data: lost }, ["memory"]],
    ["in rescue mode, which leaves the card alone", { rescue: true, data: lost }, ["rescue"]],
    ["with new data", { data: remade }, ["remade"]],
    ["after a factory reset, whose data is new of course", { factory_reset: true, data: remade }, ["factoryReset"]],
    ["on trial", { trial: true, slot: "b" }, ["trial"]],
    ["on trial and without data", { trial: true, data: lost }, ["memory", "trial"]],
  ] as [string, Partial<System>, string[]][])("%s", (_name, system, expected) => {
    expect(ids(system)).toEqual(expected);
  });

  test("the reason is a sentence, and the slot has its name", () => {
    expect(of({ data: lost })[0]!.values).toEqual({ reason: said("the card has no data partition") });
    expect(of({ data: remade })[0]!.values).toEqual({ reason: said("the file system was damaged.") });
    expect(of({ trial: true, slot: "b" })[0]!.values).toEqual({ slot: "B" });
  });

  test("a simulator says nothing about it", () => {
    expect(ids({ slot: null })).toEqual([]);
  });
});

describe("updates", () => {
  const told = (update: Update) => noticesOf({ uptime: 10, system: fine, preseed: null }, update);

  test("that are as they should be are no news", () => {
    for (const update of [QUIET, CONFIRMED]) expect(told(update)).toEqual([]);
  });

  test("that went back are told with the reason, and where more is said", () => {
    expect(told(BACK)).toEqual([
      {
        id: "wentBack",
        text: "notice.wentBack",
        values: { version: "1.2.3", now: "1.1.0", reason: said("its trial ended without a word") },
        tone: "warn",
        ofThisStart: false,
        section: "update",
      },
    ]);
  });

  test("that the channel offers are told once for each release", () => {
    const latest = { version: "1.2.3", notes: "", created: 1, size: 1, newer: true };
    const offer = (more: object) => told({ ...QUIET, channel: { ...CHANNEL, latest: { ...latest, ...more } } });
    expect(offer({ newer: false })).toEqual([]);
    const [first] = offer({});
    expect(first).toMatchObject({ id: "release", values: { version: "1.2.3" } });
    const remembered = putAway(first!, [], 1);
    expect(open(offer({}), remembered, 9_000_000)).toEqual([]);
    expect(open(offer({ version: "1.2.4" }), remembered, 1)).toHaveLength(1);
  });
});

describe("the preseed", () => {
  test("that worked is no news", () => {
    expect(ids({}, {})).toEqual([]);
  });

  test("is told with what went wrong and what nobody knows", () => {
    expect(of({}, { problems: ["farseat.toml: line 2: device.name: too long", "No such user."], unknown: ["wifi.ssid", "x"] })).toMatchObject([
      { id: "preseedProblems", values: { problems: "farseat.toml: line 2: device.name: too long. No such user." } },
      { id: "preseedUnknown", values: { keys: "wifi.ssid, x" } },
    ]);
  });
});

describe("a notice that was put away", () => {
  const [memory] = of({ data: lost });
  const [unknown] = of({}, { unknown: ["x"] });
  const startedMs = 1_000_000;

  test("stays away, while the others stay", () => {
    const remembered = putAway(memory!, [], startedMs);
    expect(open([memory!, unknown!], remembered, startedMs + 2000)).toEqual([unknown]);
  });

  test("about a start of the appliance comes back with the next start", () => {
    expect(open([memory!], putAway(memory!, [], startedMs), startedMs + 60_000)).toEqual([memory]);
  });

  test("about the preseed does not", () => {
    expect(open([unknown!], putAway(unknown!, [], startedMs), startedMs + 9_000_000)).toEqual([]);
  });

  test("comes back when it has something else to say", () => {
    const [other] = of({}, { unknown: ["y"] });
    expect(open([other!], putAway(unknown!, [], startedMs), startedMs)).toEqual([other]);
  });

  test("is remembered once, and not for ever", () => {
    let remembered = putAway(memory!, putAway(memory!, [], 1), 2);
    expect(remembered).toHaveLength(1);
    for (let each = 0; each < 50; each += 1) remembered = putAway(of({}, { unknown: [`key${each}`] })[0]!, remembered, 1);
    expect(remembered.length).toBeLessThan(20);
  });

  test("survives the browser's storage, and nothing else does", () => {
    const remembered = putAway(memory!, [], 1);
    expect(read(JSON.stringify(remembered))).toEqual(remembered);
    for (const text of [null, "", "{", "7", "null", '[null,1,{"key":1}]']) expect(read(text)).toEqual([]);
  });
});

test("the start of the appliance is told by this browser's clock", () => {
  expect(startOf(90, 1_000_000)).toBe(910_000);
});
