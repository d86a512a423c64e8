import { beforeEach, expect, test } from "vitest";
import { codeOf } from "../input/usages.ts";
import type { Macro, Step } from "./macro.ts";
import { PACE_MS, Runner } from "./runner.ts";

let sent: string[];
let open: boolean;
let runner: Runner;
/** Ends the sleep that the runner is in. */
let wake: () => void;

beforeEach(() => {
  sent = [];
  open = true;
  wake = () => undefined;
  runner = new Runner({
    act: (events) => {
      for (const event of events) if (event.type === "key") sent.push(`${event.down ? "+" : "-"}${codeOf(event.usage)}`);
    },
    open: () => open,
    sleep: (ms, stop) => {
      if (ms === PACE_MS) return Promise.resolve();
      sent.push(`wait ${ms}`);
      return new Promise((resolve) => {
        wake = resolve;
        stop.addEventListener("abort", () => resolve());
      });
    },
  });
});

const macro = (...steps: Step[]): Macro => ({ id: "1", name: "test", digit: null, steps });
const HELD = macro({ do: "down", key: "AltLeft" }, { do: "press", key: "Tab" }, { do: "wait", ms: 500 }, { do: "press", key: "Tab" }, { do: "up", key: "AltLeft" });
/** Until the runner waits. */
const waiting = async () => {
  while (!sent.includes("wait 500")) await Promise.resolve();
};

test("sends its steps in order and says how far it is", async () => {
  const end = runner.run(HELD);
  await waiting();
  expect(runner.progress.value).toEqual({ name: "test", done: 2, total: 5 });
  expect(runner.holding).toBe(true);
  wake();
  expect(await end).toBe("done");
  expect(sent.join(" ")).toBe("+AltLeft +Tab -Tab wait 500 +Tab -Tab -AltLeft");
  expect(runner.progress.value).toBeNull();
  expect(runner.holding).toBe(false);
});

test("stopped in the middle it lets go of what it holds, at once", async () => {
  const end = runner.run(HELD);
  await waiting();
  runner.stop();
  expect(sent.at(-1)).toBe("-AltLeft");
  expect(await end).toBe("stopped");
  expect(sent.filter((one) => one === "-AltLeft")).toHaveLength(1);
});

test("a macro that forgets to let go does not leave a key down", async () => {
  expect(await runner.run(macro({ do: "down", key: "ControlLeft" }, { do: "down", key: "KeyA" }))).toBe("done");
  expect(sent.join(" ")).toBe("+ControlLeft +KeyA -KeyA -ControlLeft");
});

test("when the way to the target is gone it ends there", async () => {
  const end = runner.run(HELD);
  await waiting();
  open = false;
  wake();
  expect(await end).toBe("lost");
  expect(sent.at(-1)).toBe("-AltLeft");
});

test("when all was released by other means it stops and sends nothing more", async () => {
  const end = runner.run(HELD);
  await waiting();
  const before = sent.length;
  runner.forget();
  expect(await end).toBe("stopped");
  expect(sent).toHaveLength(before);
});

test("one runs at a time, and the next one when it is done", async () => {
  const end = runner.run(HELD);
  await waiting();
  expect(await runner.run(HELD)).toBe("busy");
  runner.stop();
  await end;
  expect(await runner.run(macro({ do: "press", key: "KeyB" }))).toBe("done");
  expect(sent.slice(-2)).toEqual(["+KeyB", "-KeyB"]);
});
