// What the capture device tells the target about itself as a display.

import { ask, json } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type EdidView = Schemas["EdidView"];
export type EdidChange = Schemas["EdidChange"];
export type EdidDescription = Schemas["EdidDescription"];
export type Screen = Schemas["Screen"];

export interface EdidApi {
  readonly get: () => Promise<EdidView>;
  readonly change: (change: EdidChange) => Promise<EdidView>;
}

export const edidApi: EdidApi = {
  get: () => json(ask("GET", "/api/v1/edid")),
  change: (change) => json(ask("PUT", "/api/v1/edid", change)),
};
