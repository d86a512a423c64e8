// The network part of the HTTP API.

import { ask } from "./client.ts";

export type Method = "dhcp" | "static";
export type Source = "dhcp" | "link_local" | "static" | "none";

export interface NetworkSettings {
  readonly name: string;
  readonly method: Method;
  /** IPv4 with its prefix, `192.0.2.7/24`; `null` with DHCP. */
  readonly address: string | null;
  readonly router: string | null;
  readonly dns: readonly string[];
  readonly ipv6: boolean;
  readonly ntp: readonly string[];
}

export interface NetworkStatus {
  readonly link: string | null;
  readonly up: boolean;
  readonly mac: string | null;
  readonly addresses: readonly string[];
  readonly router: string | null;
  readonly dns: readonly string[];
  readonly source: Source;
  readonly lease_ends_in_s: number | null;
  readonly mdns: string | null;
}

export interface Network {
  /** False where something else than the appliance rules the network. */
  readonly managed: boolean;
  readonly settings: NetworkSettings;
  readonly status: NetworkStatus;
  readonly time: { readonly synchronized: boolean; readonly server: string | null; readonly offset_ms: number | null };
  readonly pending: { readonly confirm_within_s: number } | null;
}

export interface Accepted {
  readonly confirm_within_s: number;
  /** Where the appliance can be reached with the new settings. */
  readonly reach: readonly string[];
}

export interface NetworkApi {
  readonly get: () => Promise<Network>;
  readonly put: (settings: NetworkSettings) => Promise<Accepted>;
  readonly confirm: () => Promise<void>;
  readonly revert: () => Promise<void>;
}

/** An address that is gone does not refuse, it is silent: the page must not wait for it. */
const LIMIT_MS = 3000;

export const networkApi: NetworkApi = {
  get: async () => (await ask("GET", "/api/v1/network", undefined, LIMIT_MS)).json() as Promise<Network>,
  put: async (settings) => (await ask("PUT", "/api/v1/network", settings, 2 * LIMIT_MS)).json() as Promise<Accepted>,
  confirm: async () => void (await ask("POST", "/api/v1/network/confirm", undefined, LIMIT_MS)),
  revert: async () => void (await ask("POST", "/api/v1/network/revert", undefined, LIMIT_MS)),
};
