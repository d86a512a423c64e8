// What the appliance is made of and how it came up.

import { ask } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type About = Schemas["About"];
export type Component = Schemas["Component"];
export type System = Schemas["System"];

export type Preseed = Schemas["Preseed"];
/** The parts of the status that tell how the appliance came up. */
export type Status = Pick<Schemas["Status"], "uptime" | "system" | "preseed">;

export async function about(): Promise<About> {
  return (await ask("GET", "/api/v1/about")).json() as Promise<About>;
}

export async function status(): Promise<Status> {
  return (await ask("GET", "/api/v1/status")).json() as Promise<Status>;
}
