// The size of the picture: the one that is kept, and another one on trial.

import { ask } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type PictureSize = Schemas["PictureSize"];
export type SizeWish = Schemas["SizeWish"];

export interface SizeApi {
  readonly get: () => Promise<PictureSize>;
  /** On trial: undone in time unless it is kept. */
  readonly change: (size: SizeWish) => Promise<PictureSize>;
  readonly keep: () => Promise<void>;
  readonly undo: () => Promise<void>;
}

const sizeOf = async (answer: Promise<Response>) => (await answer).json() as Promise<PictureSize>;

export const sizeApi: SizeApi = {
  get: () => sizeOf(ask("GET", "/api/v1/video/size")),
  change: (size) => sizeOf(ask("POST", "/api/v1/video/size", size)),
  keep: async () => void (await ask("POST", "/api/v1/video/size/confirm")),
  undo: async () => void (await ask("POST", "/api/v1/video/size/revert")),
};
