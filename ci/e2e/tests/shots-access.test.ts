// A picture of every page about access: who may in, and what the device shows to browsers; axe has nothing to say about
// any of them. What the appliance says is made up here, so that every state is there at once.

import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { LOOKS, optionsOf, shoot as shootAs } from "../src/looks.js";
import { claim, live, part, type Section, settings, situation } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";

const NOW_S = Math.floor(Date.now() / 1000);
const DAY_S = 86_400;
const OWN = { user: "ada", role: "admin", kind: "password", confirmed: 0, second_factor: false, expires_in: 40_000 };
const STATE = { name: "lab-3", version: "0.9.0", claim: "done", user: "ada", role: "admin" };
const SESSIONS = [
  { id: "1", user: "ada", role: "admin", kind: "password", device: "Chrome on Linux", address: "192.0.2.15", started: 4000, used: 1, current: true },
  { id: "2", user: "ada", role: "admin", kind: "password", device: "Safari on iPhone", address: "2001:db8:1::5eff:fe00:5301", started: 90_000, used: 700, current: false },
  { id: "3", user: "grace", role: "operator", kind: "password", device: "Firefox on Windows", address: "192.0.2.77", started: 300, used: 5, current: false },
  { id: "4", user: "Technician", role: "viewer", kind: "guest", device: "Edge on Windows", address: "198.51.100.4", started: 1800, used: 20, current: false },
];
const USERS = [
  { name: "ada", role: "admin", second_factor: true, you: true },
  { name: "grace", role: "operator", second_factor: true, you: false },
  { name: "night-shift", role: "viewer", second_factor: false, you: false },
];
const TOKENS = [
  { id: "1", user: "ada", label: "Nightly backup", role: "viewer", expires: NOW_S + 29 * DAY_S, used: NOW_S - 4000 },
  { id: "2", user: "grace", label: "CI runner that reinstalls the test machines", role: "operator", expires: NOW_S + 300 * DAY_S, used: null },
];
const GUESTS = [
  { id: "1", label: "Technician of the vendor", role: "operator", by: "ada", expires: NOW_S + 3000, in_use: 1 },
  { id: "2", label: "Training", role: "viewer", by: "grace", expires: NOW_S + 6 * DAY_S, in_use: 0 },
];
const FINGERPRINT = Array.from({ length: 32 }, (_, at) => ((at * 37) & 255).toString(16).padStart(2, "0").toUpperCase()).join(":");
const CERTIFICATE = {
  kind: "own",
  names: ["lab-3.local", "lab-3"],
  addresses: ["192.0.2.15", "2001:db8:1::5eff:fe00:5301"],
  not_before: NOW_S - 9 * DAY_S,
  not_after: NOW_S + 380 * DAY_S,
  issuer: "Farseat lab-3 authority",
  fingerprint: FINGERPRINT,
  ca_fingerprint: FINGERPRINT.split(":").reverse().join(":"),
  problems: [],
};
const UPLOADED = { ...CERTIFICATE, kind: "uploaded", names: ["kvm.example.com"], addresses: [], issuer: "Example Issuing CA 7", ca_fingerprint: FINGERPRINT };
const PROBLEM = "it is not for lab-3.local: browsers that open the device by that name will warn";
const WHATS = ["login", "control_taken", "login_refused", "settings_changed", "user_added", "guest_created", "guest_used", "update_done", "something_new"];
const ENTRIES = Array.from({ length: 40 }, (_, at) => ({
  number: 140 - at,
  time: at === 12 ? null : NOW_S - at * 1900,
  what: WHATS[at % WHATS.length]!,
  who: at % 3 === 2 ? null : ["ada", "grace"][at % 2]!,
  address: `192.0.2.${at + 10}`,
  detail: at % 4 === 3 ? "video.quality = 80" : null,
}));
const CODES = Array.from({ length: 10 }, (_, at) => `k${at}m7p-q${at}x4t`);
/** As large as one with an address of that kind in it; its pattern is nobody's. */
const QR = Array.from({ length: 41 }, (_, y) => Array.from({ length: 41 }, (_, x) => ((x * 7 + y * 13 + x * y) % 3 === 0 ? "1" : "0")).join(""));
const PEM = (what: string) => `-----BEGIN ${what}-----\n${"MIIBszCCAVmgAwIBAgIUQ5y2cZVx0Tn9b1sHq7m3\n".repeat(3)}-----END ${what}-----`;

function refusal(status: number, code: string, message: string, headers: Record<string, string> = {}) {
  return { status, headers, json: { error: { code, message } } };
}

for (const look of LOOKS) {
  describe(`access: ${look.device}, ${look.colorScheme}`, () => {
    let simulator: Simulator;
    let browser: Browser;
    let page: Page;
    /** `METHOD path` and what is answered. */
    const says = new Map<string, object>();
    const shoot = async (name: string) => shootAs(page, look, name);

    before(async () => {
      simulator = await Simulator.start();
      browser = await openBrowser();
      page = await openPage(browser, simulator.url, optionsOf(look));
      await claim(page);
      says.set("GET /api/v1/state", { json: STATE });
      says.set("GET /api/v1/session", { json: OWN });
      says.set("GET /api/v1/sessions", { json: { sessions: SESSIONS } });
      says.set("GET /api/v1/users", { json: { users: USERS } });
      says.set("GET /api/v1/tokens", { json: { tokens: TOKENS } });
      says.set("GET /api/v1/guests", { json: { guests: GUESTS } });
      says.set("GET /api/v1/certificate", { json: CERTIFICATE });
      says.set("GET /api/v1/audit", { json: { entries: ENTRIES, total: 140, intact: true, broken_at: null } });
      await page.route("**/api/v1/**", (route) => {
        const request = route.request();
        const said = says.get(`${request.method()} ${new URL(request.url()).pathname}`);
        return said ? route.fulfill(said) : route.fallback();
      });
    });
    after(async () => {
      await closePage(page);
      await browser.close();
      await simulator.stop();
    });

    async function open(section: Section): Promise<void> {
      await page.goto("about:blank");
      await page.goto(`/#settings/${section}`);
      await part(page, `settings-${section}`).waitFor();
    }

    test("the login with its second step, and a link that is over", async () => {
      says.set("GET /api/v1/state", { json: { ...STATE, user: null, role: null } });
      says.set("POST /api/v1/session", refusal(401, "second_factor", "a code"));
      await page.reload();
      await part(page, "login-username").fill("ada");
      await part(page, "login-password").fill("correct horse battery");
      await part(page, "login-submit").click();
      await part(page, "login-code").waitFor();
      await shoot("login-code");
      says.set("POST /api/v1/session", refusal(401, "second_factor_wrong", "wrong"));
      await part(page, "login-recovery").click();
      await part(page, "login-code").fill("abcd");
      await part(page, "login-submit").click();
      await page.getByTestId("login-error").filter({ hasText: /./ }).waitFor();
      await shoot("login-recovery-wrong");
      says.set("POST /api/v1/session/guest", refusal(401, "guest_link", "over"));
      await page.goto("about:blank");
      await page.goto("/#guest=abc");
      await part(page, "link").waitFor();
      await shoot("link-over");
      says.set("GET /api/v1/state", { json: STATE });
    });

    test("the console of somebody who only watches", async () => {
      says.set("GET /api/v1/state", { json: { ...STATE, user: "night-shift", role: "viewer" } });
      await page.goto("about:blank");
      await page.goto("/");
      await live(page);
      await situation(page, "viewer");
      await shoot("viewer");
      await part(page, "bar-user").click();
      await part(page, "user-who").waitFor();
      await shoot("viewer-menu");
      await page.keyboard.press("Escape");
      await settings(page, "account");
      await part(page, "second-factor").waitFor();
      says.set("GET /api/v1/state", { json: STATE });
    });

    test("the account, its second factor and its codes", async () => {
      await open("account");
      await part(page, "session").first().waitFor();
      await shoot("account");
      await part(page, "password-open").click();
      await part(page, "password-new").fill("short");
      await part(page, "password-submit").click();
      await shoot("account-password");
      await part(page, "password-cancel").click();
      says.set("POST /api/v1/second-factor/begin", { json: { secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", uri: "otpauth://totp/x", qr: QR } });
      await part(page, "second-begin").click();
      await part(page, "qr").waitFor();
      await shoot("second-setup");
      says.set("POST /api/v1/second-factor/enable", { json: { recovery_codes: CODES } });
      await part(page, "second-code").fill("123456");
      await part(page, "second-enable").click();
      await part(page, "second-codes").waitFor();
      await shoot("second-codes");
      says.set("GET /api/v1/session", { json: { ...OWN, second_factor: true } });
      await part(page, "second-codes-done").click();
      await part(page, "second-codes").waitFor({ state: "detached" });
    });

    test("people, and the password asked again", async () => {
      await open("people");
      await part(page, "person").first().waitFor();
      await part(page, "session").first().waitFor();
      await shoot("people");
      await part(page, "person-change").nth(1).click();
      await part(page, "person-edit").waitFor();
      await shoot("person-edit");
      await part(page, "person-remove").click();
      await part(page, "person-ask").waitFor();
      await shoot("person-remove");
      says.set("POST /api/v1/users/remove", refusal(403, "confirm", "again"));
      await part(page, "person-ask-yes").click();
      await part(page, "confirm").waitFor();
      await shoot("confirm");
      await part(page, "confirm-cancel").click();
      await part(page, "confirm").waitFor({ state: "detached" });
      says.set("POST /api/v1/users/remove", refusal(409, "last_admin", "last"));
      await part(page, "person-ask-yes").click();
      await part(page, "person-error").filter({ hasText: "last administrator" }).waitFor();
      await open("people");
      await part(page, "people-add").click();
      await part(page, "person-add").waitFor();
      await shoot("person-add");
    });

    test("a factory reset", async () => {
      await open("about");
      await part(page, "reset-open").click();
      await part(page, "reset").waitFor();
      await shoot("reset");
      says.set("POST /api/v1/session/confirm", { status: 204 });
      says.set("POST /api/v1/factory-reset", { status: 204 });
      await part(page, "reset-password").fill("correct horse battery");
      await part(page, "reset-submit").click();
      await part(page, "reset-begun").waitFor();
      await shoot("reset-begun");
    });

    test("API tokens and guest links", async () => {
      await open("tokens");
      await part(page, "token").first().waitFor();
      await shoot("tokens");
      await part(page, "tokens-create").click();
      await part(page, "token-label").fill("Nightly");
      await shoot("token-create");
      says.set("POST /api/v1/tokens/create", { json: { id: "3", token: `fst_${"k7Qp2mZx".repeat(5)}` } });
      await part(page, "token-submit").click();
      await part(page, "token-once").waitFor();
      await shoot("token-once");
      await open("guests");
      await part(page, "guest").first().waitFor();
      await shoot("guests");
      await part(page, "guests-create").click();
      await part(page, "guest-label").fill("Technician");
      await shoot("guest-create");
      says.set("POST /api/v1/guests/create", { json: { id: "3", token: "x", path: `/#guest=${"k7Qp2mZx".repeat(5)}` } });
      await part(page, "guest-submit").click();
      await part(page, "guest-once").waitFor();
      await shoot("guest-once");
      await part(page, "guest-done").click();
      await part(page, "guest-revoke").first().click();
      await part(page, "guests-ask").waitFor();
      await shoot("guest-revoke");
    });

    test("the certificate", async () => {
      await open("certificate");
      await part(page, "certificate-served").waitFor();
      await page.locator('[data-testid="trust-check"]:not([data-verdict="checking"])').waitFor();
      await shoot("certificate");
      await part(page, "certificate-chain").fill(PEM("PRIVATE KEY"));
      await part(page, "certificate-check").click();
      await part(page, "certificate-check").scrollIntoViewIfNeeded();
      await shoot("certificate-mistake");
      await part(page, "certificate-chain").fill(PEM("CERTIFICATE"));
      await part(page, "certificate-key").fill(PEM("PRIVATE KEY"));
      says.set("POST /api/v1/certificate/check", refusal(422, "certificate", "the key belongs to another certificate"));
      await part(page, "certificate-check").click();
      await part(page, "certificate-refused").filter({ hasText: "belongs" }).waitFor();
      await shoot("certificate-refused");
      says.set("POST /api/v1/certificate/check", { json: { ...UPLOADED, problems: [PROBLEM] } });
      await part(page, "certificate-check").click();
      await part(page, "certificate-use").scrollIntoViewIfNeeded();
      await shoot("certificate-checked");
      says.set("GET /api/v1/certificate", { json: { ...UPLOADED, problems: [PROBLEM] } });
      await open("certificate");
      await part(page, "certificate-forget").waitFor();
      await shoot("certificate-uploaded");
      says.set("GET /api/v1/certificate", { json: CERTIFICATE });
    });

    test("the audit log, whole and broken", async () => {
      await open("audit");
      await part(page, "audit-entry").first().waitFor();
      await shoot("audit");
      says.set("GET /api/v1/audit", { json: { entries: ENTRIES, total: 140, intact: false, broken_at: 1234 } });
      await part(page, "audit-refresh").click();
      await part(page, "audit-broken").waitFor();
      await part(page, "audit-filter").fill("login ada");
      await shoot("audit-broken");
    });

    test("the steps to trust the device", async () => {
      await page.goto("about:blank");
      await page.goto("/#trust");
      await page.locator('[data-testid="trust-check"]:not([data-verdict="checking"])').waitFor();
      await shoot("trust-check");
    });
  });
}
