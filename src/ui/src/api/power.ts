// Restart and power off, of the appliance.

import { ask, deviceState } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

/** What the end would interrupt. */
export type Power = Schemas["Power"];
export type To = Schemas["PowerOrder"]["to"];

/** An appliance that is going away may leave a question unanswered. */
const LIMIT_MS = 3000;

export async function power(): Promise<Power> {
  return (await ask("GET", "/api/v1/power")).json() as Promise<Power>;
}

export async function order(to: To): Promise<void> {
  await ask("POST", "/api/v1/power", { to });
}

/** Whether it still knows this session: one that has restarted does not. */
export async function knowsUs(): Promise<boolean> {
  return (await deviceState(LIMIT_MS)).user !== null;
}
