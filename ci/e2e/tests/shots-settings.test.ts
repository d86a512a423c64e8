// A picture of every section and state of Settings, and of the notices; axe has nothing to say about any of them. What
// the appliance says is made up here, so that states which take a minute or a card are there at once.

import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { closePage, openBrowser, openPage } from "../src/browser.js";
import { LOOKS, optionsOf, shoot as shootAs } from "../src/looks.js";
import { claim, live, openSection, part, settings, trial } from "../src/operator.js";
import { Simulator } from "../src/simulator.js";
import { came, FINE } from "../src/status.js";

const DHCP = { name: "farseat", method: "dhcp", address: null, router: null, dns: [], ipv6: true, ntp: ["0.pool.ntp.org", "1.pool.ntp.org"] };
const STATIC = { ...DHCP, method: "static", address: "192.0.2.99/24", router: "192.0.2.1", dns: ["192.0.2.1"] };
const NOW = {
  managed: true,
  settings: DHCP,
  status: {
    link: "eth0",
    up: true,
    mac: "02:00:5e:00:53:01",
    addresses: ["192.0.2.15/24", "2001:db8:1::5eff:fe00:5301/64", "fe80::5eff:fe00:5301/64"],
    router: "192.0.2.1",
    dns: ["192.0.2.1"],
    source: "dhcp",
    lease_ends_in_s: 42_000,
    mdns: "farseat.local",
  },
  time: { synchronized: true, server: "0.pool.ntp.org", offset_ms: 2 },
  pending: null,
};
const LOST = {
  ...NOW,
  status: { ...NOW.status, up: false, addresses: ["169.254.7.9/16"], router: null, dns: [], source: "link_local", lease_ends_in_s: null, mdns: "farseat-2.local" },
  time: { synchronized: false, server: null, offset_ms: null },
};
const COMPONENTS = [
  { name: "bytes", version: "1.11.0", licence: "MIT", kind: "crate" },
  { name: "ring", version: "0.17.14", licence: "Apache-2.0 AND ISC", kind: "crate" },
  { name: "linux", version: "6.12.30-v8", licence: "GPL-2.0-only WITH Linux-syscall-note", kind: "package" },
  { name: "preact", version: "10.29.8", licence: "MIT", kind: "page" },
  ...Array.from({ length: 40 }, (_, at) => ({ name: `component-${at}`, version: `1.${at}.0`, licence: "MIT OR Apache-2.0", kind: "crate" })),
];

for (const look of LOOKS) {
  describe(`Settings: ${look.device}, ${look.colorScheme}`, () => {
    let simulator: Simulator;
    let browser: Browser;
    let page: Page;
    /** What the appliance says of its network; `null` = it is silent. */
    let network: object | null;
    const shoot = async (name: string) => shootAs(page, look, name);

    before(async () => {
      simulator = await Simulator.start();
      browser = await openBrowser();
      page = await openPage(browser, simulator.url, optionsOf(look));
      await claim(page);
      network = NOW;
      await page.route("**/api/v1/network", async (route) => {
        if (route.request().method() !== "PUT") return network ? route.fulfill({ json: network }) : route.abort();
        network = { ...NOW, settings: STATIC, pending: { confirm_within_s: 60 } };
        return route.fulfill({ status: 202, json: { confirm_within_s: 60, reach: ["https://192.0.2.99/", "https://farseat.local/"] } });
      });
      await page.route("**/api/v1/about", (route) => route.fulfill({ json: { version: "1.2.3", build: "0123abc", components: COMPONENTS } }));
    });
    after(async () => {
      await closePage(page);
      await browser.close();
      await simulator.stop();
    });

    test("the network, its mistakes and a change on trial", async () => {
      await settings(page, "network");
      await part(page, "network-form").waitFor();
      await shoot("network");
      await part(page, "network-method-static").check();
      await part(page, "network-address").fill("192.0.2.99");
      await part(page, "network-dns").fill("nowhere");
      await part(page, "network-apply").click();
      await page.locator('[data-testid="network-address"][aria-invalid]').waitFor();
      await shoot("network-mistakes");
      await part(page, "network-address").fill(STATIC.address);
      await part(page, "network-router").fill(STATIC.router);
      await part(page, "network-dns").fill(STATIC.dns[0]!);
      await part(page, "network-apply").click();
      await trial(page, "yet");
      await shoot("network-trial");
      network = null;
      await trial(page, "gone");
      await shoot("network-gone");
      network = NOW;
      await trial(page, "undone-late");
      await shoot("network-undone");
      await part(page, "network-discard").click();
      network = { ...NOW, settings: STATIC, pending: { confirm_within_s: 41 } };
      await trial(page, "foreign");
      await shoot("network-foreign");
      network = NOW;
      await trial(page, "none");
    });

    test("Wi-Fi for who comes over it: what is near, and a password", async () => {
      await page.route("**/api/v1/wifi", async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: { ...(await answer.json()), in_use: true } });
      });
      await openSection(page, "wifi");
      await part(page, "wifi-in-use").waitFor();
      await part(page, "wifi-scan").click();
      await part(page, "wifi-found").first().waitFor();
      await shoot("wifi");
      await part(page, "wifi-join").first().click();
      await part(page, "wifi-password").fill("short");
      await part(page, "wifi-submit").click();
      await page.locator('[data-testid="wifi-password"][aria-invalid]').waitFor();
      await shoot("wifi-join");
      await page.keyboard.press("Escape");
      await part(page, "wifi-own-on").click();
      await page.locator('[data-testid="wifi-own-name"][aria-invalid]').waitFor();
      await part(page, "wifi-own-on").scrollIntoViewIfNeeded();
      await shoot("wifi-own");
      await openSection(page, "network");
    });

    test("a network in trouble, and one that is somebody else's", async () => {
      network = LOST;
      await page.locator('[data-testid="network-link"].warns').waitFor();
      await shoot("network-trouble");
      network = { ...NOW, managed: false };
      await part(page, "network-unmanaged").waitFor();
      await part(page, "network-ntp").scrollIntoViewIfNeeded();
      await shoot("network-unmanaged");
    });

    test("About and the notices", async () => {
      await came(page, FINE);
      await openSection(page, "about");
      await part(page, "about-slot").waitFor();
      await shoot("about");
      await part(page, "settings-close").click();
      const data = { state: "memory", reason: "the card has no data partition", size: null, free: null };
      await came(page, { ...FINE, trial: true, slot: "b", data }, { applied: true, unknown: ["wifi.ssid"], problems: [] });
      await page.reload();
      await part(page, "notices-dismiss").waitFor();
      await live(page);
      await shoot("notices");
      await settings(page, "about");
      await part(page, "about-notices").waitFor();
      await shoot("about-notices");
    });

    test("Power, Wake-on-LAN and Diagnostics", async () => {
      await page.goto(simulator.url);
      await page.reload();
      await live(page);
      await settings(page, "power");
      await part(page, "power-off").click();
      await part(page, "power-no").waitFor();
      await shoot("power-ask");
      await part(page, "power-no").click();
      await shoot("power");
      const machines = [
        { name: "Storage in the cellar", mac: "02:00:5e:10:00:01" },
        { name: "rack-7", mac: "02:00:5e:10:00:02", broadcast: "198.51.100.255", port: 7 },
      ];
      await page.request.put("/api/v1/wake", { data: { machines }, headers: simulator.headers });
      await openSection(page, "wake");
      await part(page, "wake-send").first().click();
      await part(page, "wake-sent").filter({ hasText: "went to" }).waitFor();
      await shoot("wake");
      await part(page, "wake-add").click();
      await part(page, "wake-submit").click();
      await page.locator('[data-testid="wake-name"][aria-invalid]').waitFor();
      await shoot("wake-add");
      await part(page, "wake-form-close").click();
      await simulator.ask("usb disconnected");
      await openSection(page, "diagnostics");
      await part(page, "diagnostics-finding").first().waitFor();
      await part(page, "log-line").first().waitFor();
      await shoot("diagnostics");
      await part(page, "log").scrollIntoViewIfNeeded();
      await shoot("diagnostics-log");
      await part(page, "support-make").click();
      await part(page, "support-text").waitFor();
      await shoot("diagnostics-support");
      await simulator.ask("usb configured");
    });
  });
}
