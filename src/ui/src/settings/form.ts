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

/** resolv.conf(5) reads no more. */
const MOST_DNS = 3;
const MOST_NTP = 4;

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

/** What the draft means; with DHCP the fields of a static address mean nothing. */
export function settingsOf(draft: Draft): NetworkSettings {
  const fixed = draft.method === "static";
  return {
    name: draft.name.trim(),
    method: draft.method,
    address: fixed ? draft.address.trim() || null : null,
    router: fixed ? draft.router.trim() || null : null,
    dns: list(draft.dns),
    ipv6: draft.ipv6,
    ntp: list(draft.ntp),
  };
}

export function errorsOf(draft: Draft): FieldErrors {
  const settings = settingsOf(draft);
  const errors: FieldErrors = {};
  if (settings.name === "" || !isDeviceName(settings.name)) errors.name = "network.name.rule";
  if (settings.method === "static") Object.assign(errors, errorsOfStatic(settings));
  if (settings.dns.length > MOST_DNS || !settings.dns.every(isAddress)) errors.dns = "network.dns.rule";
  if (settings.ntp.length > MOST_NTP || !settings.ntp.every((name) => isAddress(name) || isHostName(name))) errors.ntp = "network.ntp.rule";
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
  return [name, method, address, router, dns, ipv6, ntp];
}

export function list(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

interface Subnet {
  readonly address: number;
  readonly mask: number;
  readonly base: number;
}

/** `192.0.2.7/24`; prefixes that leave room for two hosts. */
function subnetOf(text: string): Subnet | null {
  const [, host, digits] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = ipv4(host ?? "");
  const prefix = Number(digits);
  if (address === null || !(prefix >= 1 && prefix <= 30)) return null;
  const mask = (-1 << (32 - prefix)) >>> 0;
  return { address, mask, base: (address & mask) >>> 0 };
}

/** Neither the subnet's first nor its last address, and one that a host may have. */
function isHostIn({ address, mask, base }: Subnet): boolean {
  const first = address >>> 24;
  return address !== base && address !== (base | ~mask) >>> 0 && first !== 0 && first !== 127 && first < 224;
}

function ipv4(text: string): number | null {
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

function isHostName(text: string): boolean {
  // Digits and dots only would be a mistyped address.
  return text.length <= 253 && !/^[\d.]+$/.test(text) && text.split(".").every((label) => label !== "" && isDeviceName(label));
}

/** The field that the appliance names in a refusal, `network.address = x is not allowed: …`. */
export function refusedField(message: string): FieldName | null {
  const [, name] = /^(?:\w+\.)*(name|method|address|router|dns|ipv6|ntp)\b/.exec(message) ?? [];
  return (name as FieldName | undefined) ?? null;
}
