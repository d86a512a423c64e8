// What the appliance is made of and how it came up.

import { ask } from "./client.ts";
import type { components } from "./schema.ts";

export type About = components["schemas"]["About"];
export type Component = components["schemas"]["Component"];

export interface System {
  readonly version: string;
  readonly slot: "a" | "b" | null;
  readonly trial: boolean;
  readonly rescue: boolean;
  readonly factory_reset: boolean;
  readonly data: {
    /** `memory`: nothing survives the next start. */
    readonly state: "kept" | "new" | "remade" | "memory";
    /** A sentence, or nothing. */
    readonly reason: string;
    /** Bytes. */
    readonly size: number | null;
    readonly free: number | null;
  };
}

export interface Preseed {
  readonly applied: boolean;
  readonly unknown: readonly string[];
  readonly problems: readonly string[];
}

/** The parts of the status that tell how the appliance came up; a simulator has neither. */
export interface Status {
  readonly uptime: number;
  readonly system?: System | null;
  readonly preseed?: Preseed | null;
}

export async function about(): Promise<About> {
  return (await ask("GET", "/api/v1/about")).json() as Promise<About>;
}

export async function status(): Promise<Status> {
  return (await ask("GET", "/api/v1/status")).json() as Promise<Status>;
}
