// The network form: what is typed, what is wrong with it, and the settings that it means. Says no before the appliance
// has to. Pure.

import type { Method, NetworkSettings } from "../api/network.ts";
import type { Key } from "../i18n/index.ts";
import { isDeviceName } from "../rules.ts";

/** As it stands in the fields. Lists are separated by spaces or commas. */
export interface Draft {
  readonly name: string;
  readonly method: Method;
  readonly address: string;
  readonly router: string;
  readonly dns: string;
  readonly ipv6: boolean;
  readonly ntp: string;
}

export type FieldName = keyof Draft;
export type FieldErrors = Partial<Record<FieldName, Key>>;

const MOST_SERVERS = 4;

export function draftOf(settings: NetworkSettings): Draft {
  return {
    name: settings.name,
    method: settings.method,
    address: settings.address ?? "",
    router: settings.router ?? "",
    dns: settings.dns.join(", "),
    ipv6: settings.ipv6,
    ntp: settings.ntp.join(", "),
  };
}

/** What the draft means. With DHCP a static address is kept for later when it could be one. */
export function settingsOf(draft: Draft): NetworkSettings {
  const settings: NetworkSettings = {
    name: draft.name.trim(),
    method: draft.method,
    address: draft.address.trim() || null,
    router: draft.router.trim() || null,
    dns: list(draft.dns).map(canonical),
    ipv6: draft.ipv6,
    ntp: list(draft.ntp),
  };
  const useless = settings.method === "dhcp" && Object.keys(errorsOfStatic(settings)).length > 0;
  return useless ? { ...settings, address: null, router: null } : settings;
}

export function errorsOf(draft: Draft): FieldErrors {
  const settings = settingsOf(draft);
  const errors: FieldErrors = {};
  if (settings.name === "" || !isDeviceName(settings.name)) errors.name = "network.name.rule";
  if (settings.method === "static") Object.assign(errors, errorsOfStatic(settings));
  if (settings.dns.length > MOST_SERVERS || !settings.dns.every(isAddress)) errors.dns = "network.dns.rule";
  if (settings.ntp.length > MOST_SERVERS || !settings.ntp.every((name) => isAddress(name) || isHostName(name))) errors.ntp = "network.ntp.rule";
  return errors;
}

function errorsOfStatic({ address, router }: NetworkSettings): FieldErrors {
  const net = subnetOf(address ?? "");
  if (!net) return { address: /^[\d.]+$/.test(address ?? "") ? "network.address.prefix" : "network.address.rule" };
  if (!isHostIn(net)) return { address: "network.address.host" };
  if (router === null) return {};
  const way = ipv4(router);
  if (way === null) return { router: "network.router.rule" };
  return (way & net.mask) >>> 0 === net.base && way !== net.address ? {} : { router: "network.router.outside" };
}

export function sameSettings(a: NetworkSettings, b: NetworkSettings): boolean {
  return JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b));
}

function inOrder({ name, method, address, router, dns, ipv6, ntp }: NetworkSettings): unknown[] {
  return [name, method, address, router, dns.map(canonical), ipv6, ntp];
}

export function list(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

interface Subnet {
  readonly address: number;
  readonly prefix: number;
  readonly mask: number;
  readonly base: number;
}

/** `192.0.2.7/24` */
function subnetOf(text: string): Subnet | null {
  const [, host, digits] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = ipv4(host ?? "");
  const prefix = Number(digits);
  if (address === null || !(prefix >= 1 && prefix <= 32)) return null;
  const mask = (-1 << (32 - prefix)) >>> 0;
  return { address, prefix, mask, base: (address & mask) >>> 0 };
}

/** One that a host may have; the subnet's first and last are free only where there are no others (RFC 3021). */
function isHostIn({ address, prefix, mask, base }: Subnet): boolean {
  const inside = prefix >= 31 || (address !== base && address !== (base | ~mask) >>> 0);
  return inside && isUnicast(address);
}

/** Neither this network's own, nor loopback, nor a group's. */
export function isUnicast(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

/** As one number; `null` when it is none. */
export function ipv4(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null;
  return parts.reduce((sum, part) => (sum * 256 + Number(part)) >>> 0, 0);
}

function isAddress(text: string): boolean {
  return ipv4(text) !== null || isIpv6(text);
}

function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && text.includes(":") && URL.canParse(`http://[${text}]/`);
}

/** As the appliance writes it, so that both can be compared. */
function canonical(address: string): string {
  return isIpv6(address) ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}

function isHostName(text: string): boolean {
  // Digits and dots only would be a mistyped address.
  const name = text.replace(/\.$/, "");
  return name.length <= 253 && !/^[\d.]+$/.test(name) && name.split(".").every((label) => label !== "" && isDeviceName(label));
}

/** The appliance's settings by their names in its file. */
const KEYS: Readonly<Record<string, FieldName>> = {
  "device.name": "name",
  "network.address": "address",
  "network.router": "router",
  "network.dns": "dns",
  "time.servers": "ntp",
};

/** The field that the appliance names in a refusal, `network.address = x is not allowed: …`. */
export function refusedField(message: string): FieldName | null {
  const [key] = /^[a-z.]+/.exec(message) ?? [];
  return key === undefined ? null : (KEYS[key] ?? null);
}
