// Keyboard layouts and text for the target, as the HTTP API has them.

import { ask, send } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type LayoutName = Schemas["LayoutName"];
export type Layout = Schemas["Layout"];
export type PasteRequest = Schemas["Paste"];
export type Progress = Schemas["PasteProgress"];
export type SteerTo = Schemas["PasteSteerTo"];

export interface PasteApi {
  readonly layouts: () => Promise<readonly LayoutName[]>;
  readonly layout: (id: string) => Promise<Layout>;
  readonly progress: () => Promise<Progress | null>;
  readonly begin: (request: PasteRequest) => Promise<void>;
  readonly steer: (to: SteerTo) => Promise<void>;
}

export const pasteApi: PasteApi = {
  layouts: async () => ((await (await ask("GET", "/api/v1/layouts")).json()) as Schemas["Layouts"]).layouts,
  layout: async (id) => (await send(`/api/v1/layout?id=${encodeURIComponent(id)}`, () => ({}))).json() as Promise<Layout>,
  progress: async () => ((await (await ask("GET", "/api/v1/paste")).json()) as Schemas["PasteState"]).paste ?? null,
  begin: async (request) => void (await ask("POST", "/api/v1/paste", request)),
  steer: async (to) => void (await ask("POST", "/api/v1/paste/steer", { to })),
};
