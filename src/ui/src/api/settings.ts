// The settings that the appliance changes while it runs.

import { ask } from "./client.ts";
import type { components, paths } from "./schema.ts";

type Schemas = components["schemas"];

export type RuntimeSettings = Schemas["RuntimeSettings"];
type WholeChange = paths["/api/v1/settings"]["patch"]["requestBody"]["content"]["application/json"];
/** What is not named stays. */
export type SettingsChange = { readonly [Part in keyof WholeChange]?: Partial<NonNullable<WholeChange[Part]>> };
export type Alignment = Schemas["Alignment"];
export type JigglerSettings = Schemas["JigglerSettings"];
export type Day = Schemas["Day"];
export type VideoSettings = Schemas["VideoSettings"];

export interface SettingsApi {
  readonly get: () => Promise<RuntimeSettings>;
  readonly change: (change: SettingsChange) => Promise<RuntimeSettings>;
}

export async function changeSettings(change: SettingsChange): Promise<RuntimeSettings> {
  return (await ask("PATCH", "/api/v1/settings", change)).json() as Promise<RuntimeSettings>;
}

export const settingsApi: SettingsApi = {
  get: async () => (await ask("GET", "/api/v1/settings")).json() as Promise<RuntimeSettings>,
  change: changeSettings,
};
