import { expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import type { RuntimeSettings, SettingsChange } from "../api/settings.ts";
import { RuntimePage } from "./runtime.ts";

const settings = (quality: number) => ({ video: { quality } }) as RuntimeSettings;

function page(answers: (RuntimeSettings | ApiError)[]) {
  const asked: (SettingsChange | "get")[] = [];
  const answer = async (question: SettingsChange | "get") => {
    asked.push(question);
    const next = answers.shift()!;
    if (next instanceof Error) throw next;
    return next;
  };
  return { asked, page: new RuntimePage({ get: () => answer("get"), change: answer }) };
}

test("what is in force is what the appliance said last", async () => {
  const { page: runtime } = page([settings(80), settings(50)]);
  await runtime.look();
  expect(runtime.current.value).toEqual(settings(80));
  expect(runtime.kept.value).toBe(false);
  expect(await runtime.change({ video: { quality: 50 } })).toBe(true);
  expect(runtime.current.value).toEqual(settings(50));
  expect(runtime.kept.value).toBe(true);
});

test("a refusal is told and leaves what is in force", async () => {
  const { page: runtime } = page([settings(80), new ApiError(422, "invalid", "video.quality = 0 is not allowed", 0), settings(70)]);
  await runtime.look();
  expect(await runtime.change({ video: { quality: 0 } })).toBe(false);
  expect(runtime.refusal.value).toEqual({ message: "video.quality = 0 is not allowed" });
  expect(runtime.current.value).toEqual(settings(80));
  await runtime.change({ video: { quality: 70 } });
  expect(runtime.refusal.value).toBeNull();
});

test("silence is a refusal without words", async () => {
  const { page: runtime } = page([new ApiError(0, "unreachable", "", 0)]);
  await runtime.look();
  expect(runtime.refusal.value).toEqual({ message: "" });
  expect(runtime.current.value).toBeNull();
});

test("changes are sent one after the other", async () => {
  let release = () => {};
  const first = new Promise<void>((resolve) => (release = resolve));
  const sent: number[] = [];
  const runtime = new RuntimePage({
    get: async () => settings(1),
    change: async (change) => {
      sent.push(change.video!.quality!);
      if (sent.length === 1) await first;
      return settings(change.video!.quality!);
    },
  });
  const both = [runtime.change({ video: { quality: 1 } }), runtime.change({ video: { quality: 2 } })];
  await Promise.resolve();
  await Promise.resolve();
  expect(sent).toEqual([1]);
  release();
  await Promise.all(both);
  expect(sent).toEqual([1, 2]);
  expect(runtime.current.value).toEqual(settings(2));
});
