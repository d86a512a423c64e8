import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ApiError, ask, confirmWith, proveFirst, send } from "./client.ts";

const CONFIRM = { status: 403, code: "confirm" };
let answers: { status: number; code?: string; says?: object }[];
let sent: { path: string; body: unknown }[];

beforeEach(() => {
  answers = [];
  sent = [];
  vi.stubGlobal("fetch", async (path: string, { body }: RequestInit) => {
    sent.push({ path, body });
    const { status, code, says } = answers.shift() ?? { status: 200 };
    return Response.json(code ? { error: { code, message: "no" } } : (says ?? {}), { status });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  confirmWith(null);
});

describe("a route that wants the password again", () => {
  test("is asked once more when it was proved, with the same body", async () => {
    answers = [CONFIRM];
    confirmWith(async () => true);
    await ask("POST", "/api/v1/session", { name: "ada" });
    expect(sent.map(({ body }) => body)).toEqual(['{"name":"ada"}', '{"name":"ada"}']);
  });

  test("is left alone when it was not", async () => {
    answers = [CONFIRM];
    confirmWith(async () => false);
    await expect(ask("POST", "/api/v1/session", {})).rejects.toMatchObject(CONFIRM);
    expect(sent).toHaveLength(1);
  });

  test("is left alone where nobody can be asked", async () => {
    answers = [CONFIRM];
    await expect(ask("POST", "/api/v1/session", {})).rejects.toMatchObject(CONFIRM);
  });

  test("is not asked for ever", async () => {
    answers = [CONFIRM, CONFIRM];
    let asked = 0;
    confirmWith(async () => (asked++, true));
    await expect(ask("POST", "/api/v1/session", {})).rejects.toMatchObject(CONFIRM);
    expect([asked, sent.length]).toEqual([1, 2]);
  });

  test("has its time anew after the question", async () => {
    answers = [CONFIRM];
    const signals: (AbortSignal | null | undefined)[] = [];
    confirmWith(async () => true);
    await send("/api/v1/session", () => {
      const signal = AbortSignal.timeout(60_000);
      signals.push(signal);
      return { signal };
    });
    expect(new Set(signals).size).toBe(2);
  });
});

test("another refusal asks for nothing", async () => {
  answers = [{ status: 403, code: "role" }];
  let asked = 0;
  confirmWith(async () => (asked++, true));
  await expect(ask("POST", "/api/v1/session", {})).rejects.toMatchObject({ code: "role" } satisfies Partial<ApiError>);
  expect(asked).toBe(0);
});

describe("proving it before a long request", () => {
  test("asks when the password was not entered lately", async () => {
    answers = [{ status: 200, says: { confirmed: 0 } }, { status: 200, says: { confirmed: 0 } }];
    confirmWith(async () => true);
    await proveFirst();
    confirmWith(async () => false);
    await expect(proveFirst()).rejects.toMatchObject(CONFIRM);
  });

  test("asks nothing within the time", async () => {
    answers = [{ status: 200, says: { confirmed: 30 } }];
    await proveFirst();
  });
});
