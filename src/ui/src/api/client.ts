// The HTTP API, typed by `schema.ts`, which is generated from the appliance's own OpenAPI document.
//
// Some routes want the password again (403 `confirm`): whatever asks such a route waits here until it is proved, and
// then goes on by itself.

import type { paths } from "./schema.ts";

export type DeviceState = paths["/api/v1/state"]["get"]["responses"][200]["content"]["application/json"];
export type ClaimRequest = paths["/api/v1/claim"]["post"]["requestBody"]["content"]["application/json"];
export type LoginRequest = paths["/api/v1/session"]["post"]["requestBody"]["content"]["application/json"];

/** The appliance said no, or (`status` 0) said nothing. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Seconds, from `Retry-After`; 0 when it said nothing. */
    readonly retryAfter: number,
    /** What can be done about it, where the appliance knows something. */
    readonly next = "",
  ) {
    super(message);
  }
}

export async function deviceState(limitMs?: number): Promise<DeviceState> {
  return (await ask("GET", "/api/v1/state", undefined, limitMs)).json() as Promise<DeviceState>;
}

export async function claim(request: ClaimRequest): Promise<void> {
  await ask("POST", "/api/v1/claim", request);
}

export async function logIn(request: LoginRequest): Promise<void> {
  await ask("POST", "/api/v1/session", request);
}

/** By a guest link. */
export async function enter(token: string): Promise<void> {
  await ask("POST", "/api/v1/session/guest", { token });
}

export async function logOut(): Promise<void> {
  await ask("DELETE", "/api/v1/session");
}

export async function snapshot(): Promise<Blob> {
  return (await ask("GET", "/api/v1/snapshot.jpg")).blob();
}

/** Asks for the password again; whether it was proved. */
type Confirm = () => Promise<boolean>;
let confirm: Confirm | null = null;

/** From now on this asks for the password; `null` = nobody can. */
export function confirmWith(asks: Confirm | null): void {
  confirm = asks;
}

/** Proves it before a request whose body is long: the appliance refuses without reading it to the end. */
export async function proveFirst(): Promise<void> {
  const { confirmed } = (await (await ask("GET", "/api/v1/session")).json()) as { confirmed?: number };
  if (confirmed === 0 && !(await confirm?.())) throw new ApiError(403, "confirm", "", 0);
}

/** `limitMs`: how long an answer may take; absent = as long as the browser waits. */
export async function ask(method: string, path: keyof paths, body?: unknown, limitMs?: number): Promise<Response> {
  return send(path, () => {
    const request: RequestInit = { method };
    // The time that somebody takes to enter a password is not the appliance's.
    if (limitMs !== undefined) request.signal = AbortSignal.timeout(limitMs);
    if (body !== undefined) {
      request.headers = { "Content-Type": "application/json" };
      request.body = JSON.stringify(body);
    }
    return request;
  });
}

/** What an answer says. */
export async function json<T>(answer: Promise<Response>): Promise<T> {
  return (await answer).json() as Promise<T>;
}

/** An answer that says nothing but that it is done. */
export async function done(answer: Promise<Response>): Promise<void> {
  await answer;
}

/** What `ask` cannot say: a body of bytes, a query. */
export async function send(path: string, request: () => RequestInit): Promise<Response> {
  try {
    return await once(path, request());
  } catch (caught) {
    if (!(caught instanceof ApiError) || caught.code !== "confirm" || !(await confirm?.())) throw caught;
    return once(path, request());
  }
}

async function once(path: string, request: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { cache: "no-store", ...request });
  } catch {
    throw new ApiError(0, "unreachable", "", 0);
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function errorOf(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string; next?: string } };
    return new ApiError(response.status, String(error.code), String(error.message), retryAfter, error.next ?? "");
  } catch {
    return new ApiError(response.status, "unknown", response.statusText, retryAfter);
  }
}
