import { expect, test } from "vitest";
import { type Editing, insert, isWhole, move, remove, replace, turnInto } from "./edit.ts";
import { MOST_STEPS, type Step } from "./macro.ts";

const press = (key: string): Step => ({ do: "press", key });
const at = (at: number): Editing => ({ steps: [press("KeyA"), press("KeyB"), { do: "wait", ms: 10 }], at });
const shown = ({ steps, at }: Editing) => `${at}: ${steps.map((step) => (step.do === "wait" ? step.ms : `${step.do} ${step.key}`)).join(", ")}`;

test("a step is replaced, moved and removed, and what is open stays open", () => {
  expect(shown(replace(at(1), { do: "wait", ms: 7 }))).toBe("1: press KeyA, 7, 10");
  expect(shown(move(at(0), 1))).toBe("1: press KeyB, press KeyA, 10");
  expect(shown(move(at(0), -1))).toBe(shown(at(0)));
  expect(shown(move(at(2), 1))).toBe(shown(at(2)));
  expect(shown(remove(at(2)))).toBe("1: press KeyA, press KeyB");
  expect(shown(remove({ steps: [press("KeyA")], at: 0 }))).toBe("-1: ");
});

test("a new step comes behind the open one, or at the end", () => {
  expect(shown(insert(at(0)))).toBe("1: press KeyA, press Enter, press KeyB, 10");
  expect(shown(insert(at(-1)))).toBe("3: press KeyA, press KeyB, 10, press Enter");
  const full = { steps: Array<Step>(MOST_STEPS).fill(press("KeyA")), at: 0 };
  expect(insert(full)).toEqual(full);
});

test("of another kind it keeps its key", () => {
  expect(shown(turnInto(at(1), "down"))).toBe("1: press KeyA, down KeyB, 10");
  expect(shown(turnInto(at(1), "wait"))).toBe("1: press KeyA, 500, 10");
  expect(shown(turnInto(at(2), "press"))).toBe("2: press KeyA, press KeyB, press Enter");
});

test("it is whole with a name, a step, and waits that end", () => {
  expect(isWhole({ name: "x", steps: at(0).steps })).toBe(true);
  expect(isWhole({ name: " ", steps: at(0).steps })).toBe(false);
  expect(isWhole({ name: "x", steps: [] })).toBe(false);
  expect(isWhole({ name: "x", steps: [{ do: "wait", ms: Number.NaN }] })).toBe(false);
});
