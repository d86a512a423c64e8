// The Wi-Fi part of the HTTP API.

import { ask, done, json } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type Wifi = Schemas["WifiView"];
export type Join = Schemas["WifiJoin"];
export type Given = Schemas["WifiGiven"];
export type Security = Schemas["WifiSecurity"];

/** An address that is gone does not refuse, it is silent: the page must not wait for it. */
const LIMIT_MS = 3000;

export const wifiApi = {
  get: (): Promise<Wifi> => json(ask("GET", "/api/v1/wifi", undefined, LIMIT_MS)),
  scan: () => done(ask("POST", "/api/v1/wifi/scan", undefined, LIMIT_MS)),
  join: (join: Join) => done(ask("POST", "/api/v1/wifi/join", join, LIMIT_MS)),
  forget: (ssid_hex: string) => done(ask("POST", "/api/v1/wifi/forget", { ssid_hex }, LIMIT_MS)),
  own: (own: Given | null) => done(ask("PUT", "/api/v1/wifi/own", { own }, LIMIT_MS)),
  country: (country: string | null) => done(ask("PUT", "/api/v1/wifi/country", { country }, LIMIT_MS)),
  confirm: () => done(ask("POST", "/api/v1/wifi/confirm", undefined, LIMIT_MS)),
  revert: () => done(ask("POST", "/api/v1/wifi/revert", undefined, LIMIT_MS)),
};

export type WifiApi = typeof wifiApi;
