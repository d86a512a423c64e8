// How the appliance is, its log as it comes, and the file for whoever helps.

import { ask, send } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type Diagnostics = Schemas["Diagnostics"];
export type Finding = Schemas["DiagnosticsFinding"];

export type Level = "error" | "warn" | "info" | "debug" | "trace";

export interface Line {
  readonly number: number;
  /** Seconds since 1970; `null` while the appliance's clock was never set. */
  readonly time: number | null;
  readonly uptime_ms: number;
  readonly level: Level;
  readonly part: string;
  readonly text: string;
}

export async function diagnostics(): Promise<Diagnostics> {
  return (await ask("GET", "/api/v1/diagnostics")).json() as Promise<Diagnostics>;
}

/** As it is saved. */
export async function supportBundle(redacted: boolean): Promise<string> {
  const answer = await send(`/api/v1/support?redact=${redacted ? "yes" : "no"}`, () => ({ method: "GET" }));
  return JSON.stringify(await answer.json(), null, 2);
}

/** Lines as they come, those that are kept first; the browser connects again by itself. Gives back what ends it. */
export function followLog(heard: (line: Line) => void, connected: (is: boolean) => void): () => void {
  const source = new EventSource("/api/v1/log");
  source.onopen = () => connected(true);
  source.onerror = () => connected(false);
  source.onmessage = ({ data }) => heard(JSON.parse(String(data)) as Line);
  return () => source.close();
}
