// The certificate in the HTTP API.

import { ask } from "./client.ts";

export interface Certificate {
  readonly kind: "own" | "uploaded";
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  /** Seconds since 1970. */
  readonly not_before: number;
  readonly not_after: number;
  readonly issuer: string;
  readonly fingerprint: string;
  readonly ca_fingerprint: string | null;
  /** In words. */
  readonly problems: readonly string[];
}

/** Both as PEM. */
export interface Pair {
  readonly chain: string;
  readonly key: string;
}

export interface CertificateApi {
  readonly get: () => Promise<Certificate>;
  readonly check: (pair: Pair) => Promise<Certificate>;
  readonly use: (pair: Pair) => Promise<Certificate>;
  readonly forget: () => Promise<Certificate>;
}

const view = async (answer: Promise<Response>) => (await answer).json() as Promise<Certificate>;

export const certificateApi: CertificateApi = {
  get: () => view(ask("GET", "/api/v1/certificate")),
  check: (pair) => view(ask("POST", "/api/v1/certificate/check", pair)),
  use: (pair) => view(ask("POST", "/api/v1/certificate/use", pair)),
  forget: () => view(ask("POST", "/api/v1/certificate/forget")),
};
