// The audit log in the HTTP API.

import { send } from "./client.ts";

export interface Entry {
  readonly number: number;
  /** Seconds since 1970; `null` when the clock was not set. */
  readonly time: number | null;
  readonly what: string;
  readonly who: string | null;
  readonly address: string | null;
  readonly detail: string | null;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly Entry[];
  readonly total: number;
  readonly intact: boolean;
  readonly broken_at: number | null;
}

export interface AuditApi {
  /** Those with a smaller number than `before`; the newest without it. */
  readonly get: (limit: number, before?: number) => Promise<AuditPage>;
}

export const EXPORT = "/api/v1/audit.jsonl";

export const auditApi: AuditApi = {
  get: async (limit, before) => {
    const query = new URLSearchParams({ limit: String(limit), ...(before === undefined ? {} : { before: String(before) }) });
    return (await send(`/api/v1/audit?${query}`, () => ({}))).json() as Promise<AuditPage>;
  },
};
