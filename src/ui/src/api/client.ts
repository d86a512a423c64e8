// The HTTP API, typed by `schema.ts`, which is generated from the appliance's own OpenAPI document.

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

export async function deviceState(): Promise<DeviceState> {
  return (await ask("GET", "/api/v1/state")).json() as Promise<DeviceState>;
}

export async function claim(request: ClaimRequest): Promise<void> {
  await ask("POST", "/api/v1/claim", request);
}

export async function logIn(request: LoginRequest): Promise<void> {
  await ask("POST", "/api/v1/session", request);
}

export async function logOut(): Promise<void> {
  await ask("DELETE", "/api/v1/session");
}

export async function snapshot(): Promise<Blob> {
  return (await ask("GET", "/api/v1/snapshot.jpg")).blob();
}

/** `limitMs`: how long an answer may take; absent = as long as the browser waits. */
export async function ask(method: string, path: keyof paths, body?: unknown, limitMs?: number): Promise<Response> {
  const request: RequestInit = { method };
  if (limitMs !== undefined) request.signal = AbortSignal.timeout(limitMs);
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  return send(path, request);
}

/** What `ask` cannot say: a body of bytes, a query. */
export async function send(path: string, request: RequestInit): Promise<Response> {
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
