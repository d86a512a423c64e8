// The certificate in the HTTP API.

import { ask, json } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

/** Times are seconds since 1970; `problems` in words. */
export type Certificate = Schemas["Certificate"];
/** Both as PEM. */
export type Pair = Schemas["Upload"];

export interface CertificateApi {
  readonly get: () => Promise<Certificate>;
  readonly check: (pair: Pair) => Promise<Certificate>;
  readonly use: (pair: Pair) => Promise<Certificate>;
  readonly forget: () => Promise<Certificate>;
}

export const certificateApi: CertificateApi = {
  get: () => json(ask("GET", "/api/v1/certificate")),
  check: (pair) => json(ask("POST", "/api/v1/certificate/check", pair)),
  use: (pair) => json(ask("POST", "/api/v1/certificate/use", pair)),
  forget: () => json(ask("POST", "/api/v1/certificate/forget")),
};
