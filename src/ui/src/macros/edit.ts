// Changes to a macro's steps. Pure: each gives a new list, and the step that is worked on then.

import { isName, isWait, type Macro, MOST_STEPS, type Step } from "./macro.ts";

export interface Editing {
  readonly steps: readonly Step[];
  /** The step that is open; -1: none. */
  readonly at: number;
}

export type Kind = Step["do"];
export const KINDS: readonly Kind[] = ["press", "down", "up", "wait"];

const FIRST_KEY = "Enter";
const FIRST_WAIT_MS = 500;

export function replace({ steps, at }: Editing, step: Step): Editing {
  return { steps: steps.map((old, index) => (index === at ? step : old)), at };
}

/** Of another kind; the key stays what it was. */
export function turnInto(editing: Editing, kind: Kind): Editing {
  const old = editing.steps[editing.at];
  if (!old || old.do === kind) return editing;
  if (kind === "wait") return replace(editing, { do: "wait", ms: FIRST_WAIT_MS });
  return replace(editing, { do: kind, key: old.do === "wait" ? FIRST_KEY : old.key });
}

/** Behind the open one, or at the end. */
export function insert({ steps, at }: Editing): Editing {
  if (steps.length >= MOST_STEPS) return { steps, at };
  const place = at < 0 ? steps.length : at + 1;
  return { steps: [...steps.slice(0, place), { do: "press", key: FIRST_KEY }, ...steps.slice(place)], at: place };
}

export function remove({ steps, at }: Editing): Editing {
  return { steps: steps.filter((_, index) => index !== at), at: Math.min(at, steps.length - 2) };
}

export function move({ steps, at }: Editing, by: -1 | 1): Editing {
  const to = at + by;
  const [one, other] = [steps[at], steps[to]];
  if (!one || !other) return { steps, at };
  return { steps: steps.map((step, index) => (index === at ? other : index === to ? one : step)), at: to };
}

/** It may be kept. */
export function isWhole({ name, steps }: Pick<Macro, "name" | "steps">): boolean {
  return isName(name) && steps.length > 0 && steps.every((step) => step.do !== "wait" || isWait(step.ms));
}
