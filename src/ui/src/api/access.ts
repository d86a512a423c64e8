// Accounts, sessions, tokens and guest links in the HTTP API.

import { ask, done, json } from "./client.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];
type Role = Schemas["User"]["role"];

/** Whose session this is. */
export type Own = Schemas["Session"];
export type Proof = Schemas["Confirm"];
export type Session = Schemas["Listed"];
export type User = Schemas["User"];
export type UserChange = Schemas["UserChange"];
/** Times are seconds since 1970. */
export type Token = Schemas["ApiToken"];
export type Guest = Schemas["GuestLink"];
/** `qr`: rows of 0 and 1. */
export type SecondFactor = Schemas["SecondFactorOffer"];

export const own = () => json<Own>(ask("GET", "/api/v1/session"));
export const confirm = (proof: Proof) => done(ask("POST", "/api/v1/session/confirm", proof));
export const factoryReset = () => done(ask("POST", "/api/v1/factory-reset"));
export const changePassword = (old: string, wanted: string) => done(ask("POST", "/api/v1/password", { old, new: wanted }));

export const sessions = async () => (await json<{ sessions: Session[] }>(ask("GET", "/api/v1/sessions"))).sessions;
export const revokeSession = (id: string) => done(ask("POST", "/api/v1/sessions/revoke", { id }));
export const revokeOthers = () => done(ask("POST", "/api/v1/sessions/revoke", { others: true }));

export const users = async () => (await json<{ users: User[] }>(ask("GET", "/api/v1/users"))).users;
export const addUser = (name: string, role: Role, password: string) => done(ask("POST", "/api/v1/users/add", { name, role, password }));
export const changeUser = (change: UserChange) => done(ask("POST", "/api/v1/users/change", change));
export const removeUser = (name: string) => done(ask("POST", "/api/v1/users/remove", { name }));

export interface SecondFactorApi {
  readonly begin: () => Promise<SecondFactor>;
  readonly enable: (code: string) => Promise<readonly string[]>;
  readonly disable: () => Promise<void>;
  readonly recoveryCodes: () => Promise<readonly string[]>;
}
type Codes = { readonly recovery_codes: string[] };
export const secondFactorApi: SecondFactorApi = {
  begin: () => json<SecondFactor>(ask("POST", "/api/v1/second-factor/begin")),
  enable: async (code) => (await json<Codes>(ask("POST", "/api/v1/second-factor/enable", { code }))).recovery_codes,
  disable: () => done(ask("POST", "/api/v1/second-factor/disable")),
  recoveryCodes: async () => (await json<Codes>(ask("POST", "/api/v1/second-factor/recovery-codes"))).recovery_codes,
};

export const tokens = async () => (await json<{ tokens: Token[] }>(ask("GET", "/api/v1/tokens"))).tokens;
/** The token itself: said once. */
export const createToken = async (label: string, role: Role, days: number) =>
  (await json<{ token: string }>(ask("POST", "/api/v1/tokens/create", { label, role, days }))).token;
export const revokeToken = (id: string) => done(ask("POST", "/api/v1/tokens/revoke", { id }));

export const guests = async () => (await json<{ guests: Guest[] }>(ask("GET", "/api/v1/guests"))).guests;
/** The link's path: said once. */
export const createGuest = async (label: string, role: Role, minutes: number) =>
  (await json<{ path: string }>(ask("POST", "/api/v1/guests/create", { label, role, minutes }))).path;
export const revokeGuest = (id: string) => done(ask("POST", "/api/v1/guests/revoke", { id }));
