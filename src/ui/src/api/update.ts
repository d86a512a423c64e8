// The update part of the HTTP API.

import { ask, proveFirst, send } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type SlotId = Schemas["SlotName"];
export type Slot = Schemas["Slot"];
export type SlotStatus = Schemas["SlotStatus"];
export type Job = Schemas["UpdateJob"];
export type Stage = Schemas["Stage"];
export type Channel = Schemas["UpdateChannel"];
/** How updates stand; where there are no slots, only why. */
export type Answer = Schemas["Update"];

/** The answer of an appliance that has slots. */
export interface Update extends Answer {
  readonly running: SlotId;
  readonly primary: SlotId;
  readonly slots: Readonly<Record<SlotId, Slot>>;
}

export function hasSlots(answer: Answer): answer is Update {
  return answer.slots !== null && answer.running !== null && answer.primary !== null;
}

export interface UpdateApi {
  readonly get: () => Promise<Answer>;
  /** The bytes of a bundle from `from` on; returns when it is installed. */
  readonly put: (bundle: Blob, from: number, restart: boolean, signal: AbortSignal) => Promise<void>;
  readonly url: (url: string, restart: boolean) => Promise<void>;
  readonly check: () => Promise<Answer>;
  readonly channel: (restart: boolean) => Promise<void>;
  readonly cancel: () => Promise<void>;
  readonly trial: () => Promise<void>;
}

/** An appliance that restarts does not refuse, it is silent: the page must not wait for it. */
const LIMIT_MS = 5000;
/** The appliance asks another machine before it answers. */
const CHECK_LIMIT_MS = 60_000;

export const updateApi: UpdateApi = {
  get: async () => (await ask("GET", "/api/v1/update", undefined, LIMIT_MS)).json() as Promise<Answer>,
  put: async (bundle, from, restart, signal) => {
    const headers: Record<string, string> = { "Content-Type": "application/octet-stream" };
    await proveFirst();
    if (from > 0) headers["Content-Range"] = `bytes ${from}-${bundle.size - 1}/${bundle.size}`;
    await send(`/api/v1/update/bundle?restart=${restart ? "yes" : "no"}`, () => ({ method: "PUT", headers, body: bundle.slice(from), signal }));
  },
  url: async (url, restart) => void (await ask("POST", "/api/v1/update/url", { url, restart }, LIMIT_MS)),
  check: async () => (await ask("POST", "/api/v1/update/check", undefined, CHECK_LIMIT_MS)).json() as Promise<Answer>,
  channel: async (restart) => void (await ask("POST", "/api/v1/update/channel", { restart }, LIMIT_MS)),
  cancel: async () => void (await ask("POST", "/api/v1/update/cancel", undefined, LIMIT_MS)),
  trial: async () => void (await ask("POST", "/api/v1/update/trial", undefined, LIMIT_MS)),
};
