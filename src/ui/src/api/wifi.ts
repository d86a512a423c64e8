// The Wi-Fi part of the HTTP API.

import { ask } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type Wifi = Schemas["WifiView"];
export type Join = Schemas["WifiJoin"];
export type Security = Schemas["WifiSecurity"];

/** An address that is gone does not refuse, it is silent: the page must not wait for it. */
const LIMIT_MS = 3000;

export const wifiApi = {
  get: async () => (await ask("GET", "/api/v1/wifi", undefined, LIMIT_MS)).json() as Promise<Wifi>,
  scan: async () => void (await ask("POST", "/api/v1/wifi/scan", undefined, LIMIT_MS)),
  join: async (join: Join) => void (await ask("POST", "/api/v1/wifi/join", join, LIMIT_MS)),
  forget: async (ssid_hex: string) => void (await ask("POST", "/api/v1/wifi/forget", { ssid_hex }, LIMIT_MS)),
  country: async (country: string | null) => void (await ask("PUT", "/api/v1/wifi/country", { country }, LIMIT_MS)),
  confirm: async () => void (await ask("POST", "/api/v1/wifi/confirm", undefined, LIMIT_MS)),
  revert: async () => void (await ask("POST", "/api/v1/wifi/revert", undefined, LIMIT_MS)),
};

export type WifiApi = typeof wifiApi;
