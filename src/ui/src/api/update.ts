// The update part of the HTTP API.

import { ask, send } from "./client.ts";
import type { paths } from "./schema.ts";

export type SlotId = "a" | "b";
export type SlotStatus = "empty" | "writing" | "installed" | "trial" | "good" | "bad";

export interface Slot {
  readonly status: SlotStatus;
  readonly reason: string | null;
  readonly version: string | null;
  readonly rollback_index: number;
  readonly created: number | null;
}

export type Stage = "opening" | "preparing" | "transferring" | "verifying" | "installed" | "failed" | "canceled";

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

export interface Job {
  readonly id: number;
  readonly source: "upload" | "url" | "channel" | "card";
  readonly stage: Stage;
  readonly version: string | null;
  readonly notes: string;
  readonly key: string | null;
  readonly created: number | null;
  readonly done: number;
  readonly of: number;
  readonly fetched: number;
  readonly size: number | null;
  readonly resume_at: number | null;
  readonly restart: boolean;
  readonly error: JobError | null;
}

export interface Release {
  readonly version: string;
  readonly notes: string;
  readonly created: number;
  readonly size: number;
  readonly newer: boolean;
}

export interface Channel {
  readonly url: string | null;
  readonly check: "daily" | "never";
  readonly auto: boolean;
  readonly window: string;
  readonly checked: number | null;
  readonly latest: Release | null;
  readonly error: string | null;
}

export interface Update {
  readonly available: boolean;
  readonly unavailable: string | null;
  readonly running: SlotId;
  readonly primary: SlotId;
  readonly trial: boolean;
  readonly floor: number;
  readonly slots: Readonly<Record<SlotId, Slot>>;
  readonly job: Job | null;
  readonly channel: Channel;
}

export interface UpdateApi {
  readonly get: () => Promise<Update>;
  /** The bytes of a bundle from `from` on; returns when it is installed. */
  readonly put: (bundle: Blob, from: number, restart: boolean, signal: AbortSignal) => Promise<void>;
  readonly url: (url: string, restart: boolean) => Promise<void>;
  readonly check: () => Promise<Update>;
  readonly channel: (restart: boolean) => Promise<void>;
  readonly cancel: () => Promise<void>;
  readonly trial: () => Promise<void>;
}

/** An appliance that restarts does not refuse, it is silent: the page must not wait for it. */
const LIMIT_MS = 5000;
/** The appliance asks another machine before it answers. */
const CHECK_LIMIT_MS = 60_000;

const path = (rest: string) => `/api/v1/update${rest}` as keyof paths;

export const updateApi: UpdateApi = {
  get: async () => (await ask("GET", path(""), undefined, LIMIT_MS)).json() as Promise<Update>,
  put: async (bundle, from, restart, signal) => {
    const headers: Record<string, string> = { "Content-Type": "application/octet-stream" };
    if (from > 0) headers["Content-Range"] = `bytes ${from}-${bundle.size - 1}/${bundle.size}`;
    const query = `?restart=${restart ? "yes" : "no"}`;
    await send(path(`/bundle`) + query, { method: "PUT", headers, body: bundle.slice(from), signal });
  },
  url: async (url, restart) => void (await ask("POST", path("/url"), { url, restart }, LIMIT_MS)),
  check: async () => (await ask("POST", path("/check"), undefined, CHECK_LIMIT_MS)).json() as Promise<Update>,
  channel: async (restart) => void (await ask("POST", path("/channel"), { restart }, LIMIT_MS)),
  cancel: async () => void (await ask("POST", path("/cancel"), undefined, LIMIT_MS)),
  trial: async () => void (await ask("POST", path("/trial"), undefined, LIMIT_MS)),
};
