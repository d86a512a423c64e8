// The network part of the HTTP API.

import { ask, done, json } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type Network = Schemas["NetworkView"];
export type NetworkSettings = Schemas["NetworkSettings"];
export type Method = Schemas["Method"];
/** The change is in force for so long; `reach`: where the appliance can be found with it. */
export type Accepted = Schemas["NetworkTrial"];

export interface NetworkApi {
  readonly get: () => Promise<Network>;
  readonly put: (settings: NetworkSettings) => Promise<Accepted>;
  readonly confirm: () => Promise<void>;
  readonly revert: () => Promise<void>;
}

/** An address that is gone does not refuse, it is silent: the page must not wait for it. */
const LIMIT_MS = 3000;

export const networkApi: NetworkApi = {
  get: () => json(ask("GET", "/api/v1/network", undefined, LIMIT_MS)),
  put: (settings) => json(ask("PUT", "/api/v1/network", settings, 2 * LIMIT_MS)),
  confirm: () => done(ask("POST", "/api/v1/network/confirm", undefined, LIMIT_MS)),
  revert: () => done(ask("POST", "/api/v1/network/revert", undefined, LIMIT_MS)),
};
