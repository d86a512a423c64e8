// Wake-on-LAN: other machines of the network.

import { ask } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type Machine = Schemas["WakeMachine"];
export type Wake = Schemas["Wake"];

export async function wakeList(): Promise<Wake> {
  return (await ask("GET", "/api/v1/wake")).json() as Promise<Wake>;
}

/** The whole list. */
export async function saveWakeList(machines: readonly Machine[]): Promise<void> {
  await ask("PUT", "/api/v1/wake", { machines });
}

/** Where the packet went. */
export async function wake(name: string): Promise<string> {
  const answer = (await (await ask("POST", "/api/v1/wake/send", { name })).json()) as Schemas["WakeSent"];
  return answer.to;
}
