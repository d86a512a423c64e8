// What the capture device tells the target about itself as a display.

import { ask } from "./client.ts";
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

const view = async (answer: Promise<Response>) => (await answer).json() as Promise<EdidView>;

export const edidApi: EdidApi = {
  get: () => view(ask("GET", "/api/v1/edid")),
  change: (change) => view(ask("PUT", "/api/v1/edid", change)),
};
