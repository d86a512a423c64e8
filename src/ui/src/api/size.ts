// The size of the picture: the one that is kept, and another one on trial.

import { ask, done, json } from "./client.ts";
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

export const sizeApi: SizeApi = {
  get: () => json(ask("GET", "/api/v1/video/size")),
  change: (size) => json(ask("POST", "/api/v1/video/size", size)),
  keep: () => done(ask("POST", "/api/v1/video/size/confirm")),
  undo: () => done(ask("POST", "/api/v1/video/size/revert")),
};
