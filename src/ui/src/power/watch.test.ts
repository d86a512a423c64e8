import { expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import { Watch } from "./watch.ts";

function world() {
  const timers: (() => void)[] = [];
  const it = {
    says: true as boolean | ApiError,
    nowMs: 0,
    backs: 0,
    waiting: () => timers.length,
    async pass(ms: number) {
      it.nowMs += ms;
      timers.shift()?.();
      await new Promise((turn) => setImmediate(turn));
    },
    edges: {
      knowsUs: async () => {
        if (it.says instanceof ApiError) throw it.says;
        return it.says;
      },
      nowMs: () => it.nowMs,
      after: (_delayMs: number, callback: () => void) => {
        timers.push(callback);
        return () => void timers.splice(timers.indexOf(callback), 1);
      },
      back: () => (it.backs += 1),
    },
  };
  return it;
}

test("the page goes on once, when the appliance is back", async () => {
  const it = world();
  const watch = new Watch("restart", it.edges);
  await it.pass(1000);
  it.says = new ApiError(0, "unreachable", "", 0);
  await it.pass(1000);
  expect([watch.ending.value.is, watch.elapsedMs.value, it.backs]).toEqual(["away", 2000, 0]);
  it.says = false;
  await it.pass(1000);
  await it.pass(1000);
  expect([watch.ending.value.is, it.backs, it.waiting()]).toEqual(["back", 1, 0]);
});

test("an appliance that says no is there", async () => {
  const it = world();
  const watch = new Watch("off", it.edges);
  it.says = new ApiError(503, "unknown", "", 0);
  await it.pass(1000);
  expect(watch.ending.value.is).toBe("leaving");
});

test("nobody is asked any more when nobody looks", async () => {
  const it = world();
  new Watch("off", it.edges).end();
  expect(it.waiting()).toBe(0);
});
