import { beforeEach, describe, expect, test } from "vitest";
import type { Certificate, CertificateApi, Pair } from "../api/certificate.ts";
import { ApiError } from "../api/client.ts";
import { said } from "../i18n/format.ts";
import { CertificatePage, partsOf } from "./certificate.ts";

const OWN: Certificate = {
  kind: "own",
  names: ["farseat.local"],
  addresses: ["192.0.2.5"],
  not_before: 1_700_000_000,
  not_after: 1_800_000_000,
  issuer: "farseat CA",
  fingerprint: "AA:BB",
  ca_fingerprint: "CC:DD",
  problems: [],
};
const UPLOADED: Certificate = { ...OWN, kind: "uploaded", names: ["kvm.example.com"], ca_fingerprint: "EE:FF" };
const PAIR: Pair = {
  chain: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
  key: "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----",
};

class FakeAppliance implements CertificateApi {
  served = OWN;
  refusal: ApiError | null = null;
  readonly calls: string[] = [];
  readonly get = async () => this.#called("get", this.served);
  readonly check = async () => this.#called("check", UPLOADED);
  readonly use = async () => (this.#called("use", null), (this.served = UPLOADED));
  readonly forget = async () => (this.#called("forget", null), (this.served = OWN));
  #called<T>(what: string, answer: T): T {
    this.calls.push(what);
    const { refusal } = this;
    this.refusal = null;
    if (refusal) throw refusal;
    return answer;
  }
}

let appliance: FakeAppliance;
let page: CertificatePage;

beforeEach(async () => {
  appliance = new FakeAppliance();
  page = new CertificatePage(appliance);
  await page.load();
});

describe("another certificate", () => {
  test("is checked before it can be used, and then is what is served", async () => {
    page.edit(PAIR);
    expect(await page.use()).toBe(false);
    await page.check();
    expect(page.checked.value?.names).toEqual(["kvm.example.com"]);
    expect(page.served.value).toBe(OWN);
    expect(await page.use()).toBe(true);
    expect([page.served.value, page.checked.value, page.draft.value]).toEqual([UPLOADED, null, { chain: "", key: "" }]);
    expect(appliance.calls).toEqual(["get", "check", "use"]);
  });

  test("that was edited after the check has to be checked again", async () => {
    page.edit(PAIR);
    await page.check();
    page.edit({ key: PAIR.key.replace("BBBB", "CCCC") });
    expect(page.checked.value).toBeNull();
    expect(await page.use()).toBe(false);
  });

  test("that the appliance refuses stays in the fields, with its sentence", async () => {
    page.edit(PAIR);
    appliance.refusal = new ApiError(422, "certificate", "the key belongs to another certificate", 0);
    await page.check();
    expect([page.checked.value, page.draft.value]).toEqual([null, PAIR]);
    expect(page.trouble.value?.values).toEqual({ message: said("the key belongs to another certificate") });
  });

  test("whose use was not confirmed with the password stays checked", async () => {
    page.edit(PAIR);
    await page.check();
    appliance.refusal = new ApiError(403, "confirm", "", 0);
    expect(await page.use()).toBe(false);
    expect([page.checked.value, page.trouble.value]).toEqual([UPLOADED, null]);
  });

  test("gives way to the appliance's own again", async () => {
    page.edit(PAIR);
    await page.check();
    await page.use();
    expect(await page.forget()).toBe(true);
    expect(page.served.value).toEqual(OWN);
  });
});

describe("a plain mistake", () => {
  test.each([
    ["no certificate", { chain: "hello" }, "certificate.chain.rule"],
    ["the two mixed up", { chain: PAIR.key, key: PAIR.chain }, "certificate.chain.rule"],
    ["no key", { key: PAIR.chain }, "certificate.key.rule"],
    ["a key with a password", { key: PAIR.key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE") }, "certificate.key.encrypted"],
    ["far too much", { chain: PAIR.chain + " ".repeat(65_536) }, "certificate.tooLong"],
  ])("%s is told without asking the appliance", async (_what, part, key) => {
    page.edit({ ...PAIR, ...part });
    await page.check();
    expect(page.mistake.value).toBe(key);
    expect(appliance.calls).toEqual(["get"]);
  });

  test.each(["EC ", "RSA ", ""])("a %sPRIVATE KEY is none", (kind) => {
    page.edit({ ...PAIR, key: PAIR.key.replaceAll("PRIVATE", `${kind}PRIVATE`) });
    expect(page.mistake.value).toBeNull();
  });
});

describe("a file", () => {
  test("with both is taken apart, and what is around them is left out", () => {
    expect(partsOf(`Bag Attributes\n${PAIR.key}\n${PAIR.chain}\n${PAIR.chain}\n`)).toEqual({ key: PAIR.key, chain: `${PAIR.chain}\n${PAIR.chain}` });
  });

  test("with one leaves the other field alone", () => {
    expect(partsOf(PAIR.chain)).toEqual({ chain: PAIR.chain });
  });

  test("with neither changes nothing", () => {
    expect(partsOf("\0\u0001binary")).toEqual({});
  });
});
