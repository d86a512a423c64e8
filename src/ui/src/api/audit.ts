// The audit log in the HTTP API.

import { send } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

/** `time`: seconds since 1970; `null` when the clock was not set. */
export type Entry = Schemas["AuditEntry"];
/** Newest first. */
export type AuditPage = Schemas["Audit"];

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
